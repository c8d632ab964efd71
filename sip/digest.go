package sip

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"strings"
)

// digestHeader is what a Digest challenge or credentials say (RFC 7616 3.3, 3.4).
type digestHeader struct {
	realm, nonce, opaque, algorithm, qop string
	stale                                bool
	username, uri, response, cnonce, nc  string
	userhash                             bool
}

// maxDigest is the longest Digest header that is looked at, in bytes.
const maxDigest = 2048

var (
	errNotDigest = errors.New("sip: not a Digest header")
	errBadDigest = errors.New("sip: malformed Digest header")
)

// parseDigest parses the value of WWW-Authenticate, Authorization and their
// proxy forms: "Digest" and name=token or name="quoted", comma-separated. A parameter that comes
// twice, a byte that belongs nowhere, or an open quote refuses the whole.
func parseDigest(v string) (digestHeader, error) {
	var h digestHeader
	v = strings.TrimSpace(v)
	if len(v) < 7 || !strings.EqualFold(v[:6], "digest") || (v[6] != ' ' && v[6] != '\t') {
		return h, errNotDigest
	}
	if len(v) > maxDigest {
		return h, errBadDigest
	}
	v = v[7:]
	var seen uint16
	for {
		v = strings.TrimLeft(v, " \t")
		if v == "" {
			break
		}
		name, rest, ok := strings.Cut(v, "=")
		name = strings.TrimRight(name, " \t")
		if !ok || !token(name) {
			return h, errBadDigest
		}
		value, rest, ok := digestValue(strings.TrimLeft(rest, " \t"))
		if !ok {
			return h, errBadDigest
		}
		if bit := h.set(strings.ToLower(name), value); bit != 0 {
			if seen&bit != 0 {
				return h, errBadDigest
			}
			seen |= bit
		}
		rest = strings.TrimLeft(rest, " \t")
		if rest == "" {
			break
		}
		if rest[0] != ',' {
			return h, errBadDigest
		}
		v = rest[1:]
	}
	if h.realm == "" || h.nonce == "" {
		return h, errBadDigest
	}
	return h, nil
}

// digestValue takes a token or quoted-string off the front of v.
func digestValue(v string) (value, rest string, ok bool) {
	if v == "" {
		return "", "", false
	}
	if v[0] != '"' {
		n := 0
		for n < len(v) && tokenByte(v[n]) {
			n++
		}
		return v[:n], v[n:], n > 0
	}
	for i := 1; i < len(v); i++ {
		switch c := v[i]; {
		case c == '\\' && i+1 < len(v):
			i++
		case c == '"':
			return unquote(v[:i+1]), v[i+1:], true
		case c < ' ' && c != '\t' || c == 0x7f:
			return "", "", false
		}
	}
	return "", "", false
}

// set stores a known parameter and returns its bit; unknown ones are ignored (0).
func (h *digestHeader) set(name, v string) uint16 {
	switch name {
	case "realm":
		h.realm = v
		return 1
	case "nonce":
		h.nonce = v
		return 2
	case "opaque":
		h.opaque = v
		return 4
	case "algorithm":
		h.algorithm = v
		return 8
	case "qop":
		h.qop = v
		return 16
	case "stale":
		h.stale = strings.EqualFold(v, "true")
		return 32
	case "username":
		h.username = v
		return 64
	case "uri":
		h.uri = v
		return 128
	case "response":
		h.response = v
		return 256
	case "cnonce":
		h.cnonce = v
		return 512
	case "nc":
		h.nc = v
		return 1024
	case "userhash":
		h.userhash = strings.EqualFold(v, "true")
		return 2048
	}
	return 0
}

// algorithm is a digest algorithm we do. The -sess forms are left out: they bind a
// key to a session that SIP does not have, and no phone needs them.
type algorithm string

const (
	algMD5    algorithm = "MD5"
	algSHA256 algorithm = "SHA-256"
)

// algorithmOf reads an algorithm parameter; absent means MD5 (RFC 7616 3.3).
func algorithmOf(v string) (algorithm, bool) {
	switch {
	case v == "", strings.EqualFold(v, string(algMD5)):
		return algMD5, true
	case strings.EqualFold(v, string(algSHA256)):
		return algSHA256, true
	}
	return "", false
}

// hash is the hex of the hash of parts joined by colons.
func (a algorithm) hash(parts ...string) string {
	var h hash.Hash
	if a == algSHA256 {
		h = sha256.New()
	} else {
		h = md5.New()
	}
	for i, p := range parts {
		if i > 0 {
			h.Write([]byte{':'})
		}
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// response is RFC 7616 3.4.1 with qop=auth; with an empty qop it is the RFC 2069
// form, which only the client side still speaks.
func (a algorithm) response(ha1, nonce, nc, cnonce, qop, method, uri string) string {
	ha2 := a.hash(method, uri)
	if qop == "" {
		return a.hash(ha1, nonce, ha2)
	}
	return a.hash(ha1, nonce, nc, cnonce, qop, ha2)
}
