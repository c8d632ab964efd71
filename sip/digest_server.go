package sip

import (
	"context"
	"crypto/subtle"
	"slices"
	"strconv"
	"strings"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// digestServer challenges and checks credentials for one realm. It answers
// alike, in the same time, whether a name is unknown or a password wrong.
type digestServer struct {
	realm  string
	nonces *nonces
	// dummy stands for the HA1 of names that don't exist, so that the same sums
	// are done for them.
	dummy Credentials
}

func newDigestServer(realm string) *digestServer {
	d := &digestServer{realm: realm, nonces: newNonces()}
	d.dummy.MD5 = algMD5.hash(string(d.nonces.key[:16]))
	d.dummy.SHA256 = algSHA256.hash(string(d.nonces.key[16:]))
	return d
}

// challenge is a 401 with one header an algorithm, the strongest first (RFC 8760
// 2.4), both with one nonce. Older phones read two headers as one and look for
// "algorithm=". White space before the "=" (RFC 3261 25.1 EQUAL) hides SHA-256 from
// just those, so that they find MD5. plain leaves MD5 alone, for phones that
// give up when they meet anything else.
func (d *digestServer) challenge(stale, plain bool) *reply {
	head := "Digest realm=" + quote(d.realm) + `,nonce="` + d.nonces.issue(time.Now()) + `",qop="auth",`
	tail := ""
	if stale {
		tail = ",stale=true"
	}
	md5 := head + "algorithm=" + string(algMD5) + tail
	if plain {
		return answer(401, "WWW-Authenticate", md5)
	}
	return answer(401, "WWW-Authenticate", head+"algorithm = "+string(algSHA256)+tail, "WWW-Authenticate", md5)
}

// md5Only are the beginnings of User-Agent of phones that give up at SHA-256, even
// beside MD5 (libre before 3.11). Who else does so is found out by guard.puzzled.
var md5Only = []string{"baresip v0.", "baresip v1.", "baresip v2.", "baresip v3.0", "baresip v3.1.", "baresip v3.2.", "baresip v3.3.",
	"baresip v3.4.", "baresip v3.5.", "baresip v3.6.", "baresip v3.7.", "baresip v3.8.", "baresip v3.9.", "baresip v3.10."}

func knowsOnlyMD5(req *msg.Request) bool {
	ua := headerValue(req.Headers(), "User-Agent")
	return slices.ContainsFunc(md5Only, func(p string) bool { return strings.HasPrefix(ua, p) })
}

// verdict is what became of credentials.
type verdict int

const (
	noCredentials  verdict = iota // none for our realm
	badCredentials                // unknown name, wrong response, or a form we refuse
	staleNonce                    // the nonce is not (any more) to be used
	goodCredentials
	badURI // right for another Request-URI than it came with
)

// credentials are the first Authorization for our realm; nil: there is none.
// malformed is set when there is a Digest Authorization that can't be read.
func (d *digestServer) credentials(req *msg.Request) (c *digestHeader, malformed bool) {
	for i, h := range req.GetHeaders("authorization") {
		if i == 8 {
			break
		}
		c, err := parseDigest(h.Value())
		if err == nil && c.realm == d.realm {
			return &c, false
		}
		malformed = malformed || err == errBadDigest
	}
	return nil, malformed
}

// check checks c, which came with req, against what dir knows of its user.
func (d *digestServer) check(ctx context.Context, dir Directory, req *msg.Request, c *digestHeader) (Caller, verdict) {
	cred, known := d.dummy, false
	if dir != nil && c.username != "" && len(c.username) <= 128 {
		if found, err := dir.Credentials(ctx, c.username); err == nil {
			cred, known = found, true
		}
	}
	alg, supported := algorithmOf(c.algorithm)
	ha1, dummy := cred.MD5, d.dummy.MD5
	if alg == algSHA256 {
		ha1, dummy = cred.SHA256, d.dummy.SHA256
	}
	if ha1 == "" { // no digest of this algorithm is kept for the user
		ha1, known = dummy, false
	}
	nc, ncErr := strconv.ParseUint(c.nc, 16, 32)
	want := alg.response(strings.ToLower(ha1), c.nonce, c.nc, c.cnonce, "auth", string(req.Method), c.uri)
	same := subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(c.response))) == 1
	issued, fresh := d.nonces.fresh(c.nonce, time.Now())
	switch {
	case !supported, !strings.EqualFold(c.qop, "auth"), c.userhash, ncErr != nil, len(c.nc) != 8, nc == 0, c.cnonce == "":
		return Caller{}, badCredentials
	case !fresh:
		// Whoever it is and whatever the password: else this would tell which are right.
		return Caller{}, staleNonce
	case !known || !same:
		return Caller{}, badCredentials
	case !d.nonces.use(c.nonce, issued, uint32(nc)):
		return Caller{}, staleNonce
	case !sameTarget(c.uri, &req.Recipient):
		return Caller{}, badURI
	}
	who := cred.Caller
	who.By = "digest"
	return who, goodCredentials
}

// sameTarget compares a digest-uri with the Request-URI as far as phones and
// proxies keep it: the host, and the user where the digest-uri has one. Port and
// parameters get lost and added on the way. A replay elsewhere is the nonce
// count's business.
func sameTarget(digestURI string, r *msg.Uri) bool {
	var u msg.Uri
	if err := msg.ParseUri(strings.Trim(digestURI, "<>"), &u); err != nil {
		return false
	}
	if r.Raw() != "" || u.Raw() != "" { // tel: and others, kept as text
		return u.String() == r.String()
	}
	return (u.User == "" || unescape(u.User) == unescape(r.User)) && strings.EqualFold(u.Host, r.Host)
}
