package endpoints

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// KeyScope is a kind of operations that an API key may do.
type KeyScope string

const (
	ScopeRead       KeyScope = "read"       // show and list
	ScopeCalls      KeyScope = "calls"      // make, steer and end calls, send messages
	ScopeConfigure  KeyScope = "configure"  // make and change things
	ScopeDelete     KeyScope = "delete"     // delete them
	ScopeAdminister KeyScope = "administer" // accounts, logins and the server
)

// KeyScopes are all there are.
var KeyScopes = []KeyScope{ScopeRead, ScopeCalls, ScopeConfigure, ScopeDelete, ScopeAdminister}

// APIKey lets a program use the API with a part of its maker's rights, as these
// are when it asks.
type APIKey struct {
	Entity
	Name       string
	Prefix     string // the beginning of the key, to tell keys apart
	Hash       string // SHA-256 of the key, in hex: 256 random bits need no slow hash
	LoginID    string // who made it; the key goes with the login
	AccountIDs []string
	Scopes     []KeyScope
	Expires    time.Time // zero: never
	LastUsed   time.Time
	LastIP     string
}

// KeyMark begins every API key.
const KeyMark = "rf_"

const (
	keyBytes  = 32
	keyPrefix = len(KeyMark) + 6 // characters that are shown
)

// NewKey makes a key, and keeps its hash and prefix in k.
func (k *APIKey) NewKey() string {
	var b [keyBytes]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	key := KeyMark + base64.RawURLEncoding.EncodeToString(b[:])
	k.Prefix, k.Hash = key[:keyPrefix], HashKey(key)
	return key
}

// HashKey is how a key is kept.
func HashKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// IsKey tells whether a token has the form of an API key.
func IsKey(token string) bool { return strings.HasPrefix(token, KeyMark) }

// Over tells whether the key's time is over.
func (k *APIKey) Over(now time.Time) bool { return !k.Expires.IsZero() && !now.Before(k.Expires) }

// Restrict is the login that the key stands for: its maker's, with no more than
// the key's accounts. Who sees all accounts manages these.
func (k *APIKey) Restrict(maker *Login) *Login {
	l := *maker
	if len(k.AccountIDs) == 0 {
		return &l
	}
	l.AccountIDs = slices.DeleteFunc(slices.Clone(k.AccountIDs), func(id string) bool { return !maker.MaySee(id) })
	if maker.Has(SystemAdministrator) {
		l.Roles, l.ManagerAccess = []Role{Manager}, ""
	}
	return &l
}

// Validate tells what of k cannot be kept (*Invalid).
func (k *APIKey) Validate() error {
	if len(k.Scopes) == 0 {
		return invalid("scopes", "is missing; there are %v", KeyScopes)
	}
	for _, s := range k.Scopes {
		if !slices.Contains(KeyScopes, s) {
			return invalid("scopes", "%.32q is no scope; there are %v", s, KeyScopes)
		}
	}
	slices.Sort(k.Scopes)
	k.Scopes = slices.Compact(k.Scopes)
	return text("name", &k.Name, required)
}
