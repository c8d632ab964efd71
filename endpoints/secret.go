package endpoints

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
)

// NewID is a random id: 128 bits in 32 hex digits.
func NewID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(b[:])
}

// ValidID tells whether id has the form of NewID. Only such ids become file names.
func ValidID(id string) bool {
	if len(id) != 32 {
		return false
	}
	for _, c := range []byte(id) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// passwordLetters have none that are taken for another: 0 and O, 1, l and I.
const passwordLetters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"

// passwordLength makes 116 bits with passwordLetters.
const passwordLength = 20

// NewPassword makes a password of letters and digits that can be read aloud.
func NewPassword() string {
	out := make([]byte, 0, passwordLength)
	var b [1]byte
	for len(out) < passwordLength {
		rand.Read(b[:])
		if n := int(b[0]); n < 256-256%len(passwordLetters) { // else the first letters come more often
			out = append(out, passwordLetters[n%len(passwordLetters)])
		}
	}
	return string(out)
}

// SetSipPassword keeps the HA1s of a new SIP password in e, for the server's
// realm. The password itself is not kept.
func (e *Endpoint) SetSipPassword(realm, password string) {
	e.SipHA1MD5 = HA1MD5(e.SipUserName, realm, password)
	e.SipHA1SHA256 = HA1SHA256(e.SipUserName, realm, password)
}

// HA1MD5 is H(user:realm:password) of RFC 7616 3.4.2 by MD5, in hex: what the
// phones in use still ask for.
func HA1MD5(user, realm, password string) string {
	sum := md5.Sum([]byte(user + ":" + realm + ":" + password))
	return hex.EncodeToString(sum[:])
}

// HA1SHA256 is the same by SHA-256.
func HA1SHA256(user, realm, password string) string {
	sum := sha256.Sum256([]byte(user + ":" + realm + ":" + password))
	return hex.EncodeToString(sum[:])
}
