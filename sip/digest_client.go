package sip

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"

	msg "github.com/emiago/sipgo/sip"
)

// digestClient answers challenges with one trunk's credentials, and only for the
// realm that is the trunk's own: configured, or the first that its host asked for
// outside of any dialog. A far end that challenges in mid-call with some
// other realm, to collect a hash to guess from, gets nothing.
type digestClient struct {
	user, password string

	mu    sync.Mutex
	realm string
	fresh map[nonceFor]*clientNonce // four at most
}

// nonceFor tells nonces apart: a carrier's registrar need not know those of its proxy.
type nonceFor struct {
	header   string
	register bool
}

// clientNonce is the last challenge that was answered.
type clientNonce struct {
	digestHeader
	alg   algorithm
	count uint32
}

func newDigestClient(user, password, realm string) *digestClient {
	return &digestClient{user: user, password: password, realm: realm, fresh: map[nonceFor]*clientNonce{}}
}

// challengeNames are the header that challenges and the one that answers.
func challengeNames(code int) (challenge, credentials string) {
	if code == 407 {
		return "Proxy-Authenticate", "Proxy-Authorization"
	}
	return "WWW-Authenticate", "Authorization"
}

// answer makes credentials for req, which met the challenge res. learn says that a
// realm may be learnt from it. False: not our realm, nothing that we can do, or
// our credentials were refused just now.
func (d *digestClient) answer(req *msg.Request, res *msg.Response, learn bool) (name, value string, ok bool) {
	if d.user == "" || (res.StatusCode != 401 && res.StatusCode != 407) {
		return "", "", false
	}
	challenge, name := challengeNames(res.StatusCode)
	d.mu.Lock()
	defer d.mu.Unlock()
	best := d.choose(res, challenge, learn)
	if best == nil || d.refused(req, name, best) {
		return "", "", false
	}
	if learn && d.realm == "" {
		d.realm = best.realm
	}
	d.fresh[nonceFor{name, req.Method == msg.REGISTER}] = best
	return name, d.credentials(best, req), true
}

// again makes credentials for a new request under the last nonce, so that it
// need not be challenged (RFC 7616 3.4, nc); not the header except.
func (d *digestClient) again(req *msg.Request, except string) (headers [][2]string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, name := range []string{"Authorization", "Proxy-Authorization"} {
		n := d.fresh[nonceFor{name, req.Method == msg.REGISTER}]
		if n != nil && name != except && n.qop != "" && n.count < 1<<31 {
			headers = append(headers, [2]string{name, d.credentials(n, req)})
		}
	}
	return headers
}

// choose takes the strongest challenge for our realm.
func (d *digestClient) choose(res *msg.Response, header string, learn bool) (best *clientNonce) {
	for i, h := range res.GetHeaders(header) {
		if i == 8 {
			break
		}
		for _, v := range splitChallenges(h.Value()) {
			c, err := parseDigest(v)
			if err != nil || (c.realm != d.realm && !(learn && d.realm == "")) {
				continue
			}
			alg, ok := algorithmOf(c.algorithm)
			if !ok || (c.qop != "" && !offersAuth(c.qop)) {
				continue
			}
			if best == nil || alg == algSHA256 && best.alg == algMD5 {
				best = &clientNonce{digestHeader: c, alg: alg}
			}
		}
	}
	return best
}

// refused: req had credentials for this realm, with a nonce that was fresh, and
// still is not believed. Only a stale nonce, or one that was used for long, is
// worth another try.
func (d *digestClient) refused(req *msg.Request, header string, c *clientNonce) bool {
	h := req.GetHeader(header)
	if h == nil {
		return false
	}
	sent, err := parseDigest(h.Value())
	if err != nil || sent.realm != c.realm || c.stale && sent.nonce != c.nonce {
		return false
	}
	return sent.nc == "" || sent.nc == "00000001" || sent.nonce == c.nonce
}

func (d *digestClient) credentials(c *clientNonce, req *msg.Request) string {
	uri := req.Recipient.String()
	ha1 := c.alg.hash(d.user, c.realm, d.password)
	var b strings.Builder
	fmt.Fprintf(&b, "Digest username=%s, realm=%s, nonce=%s, uri=%s", quote(d.user), quote(c.realm), quote(c.nonce), quote(uri))
	if c.algorithm != "" {
		b.WriteString(", algorithm=" + string(c.alg))
	}
	if c.opaque != "" {
		b.WriteString(", opaque=" + quote(c.opaque))
	}
	var nc, cnonce, qop string
	if c.qop != "" {
		c.count++
		var raw [8]byte
		rand.Read(raw[:])
		nc, cnonce, qop = fmt.Sprintf("%08x", c.count), hex.EncodeToString(raw[:]), "auth"
		b.WriteString(", cnonce=" + quote(cnonce) + ", qop=auth, nc=" + nc)
	}
	b.WriteString(", response=" + quote(c.alg.response(ha1, c.nonce, nc, cnonce, qop, string(req.Method), uri)))
	return b.String()
}

// offersAuth looks for auth in a challenge's list of qop.
func offersAuth(qop string) bool {
	for _, q := range strings.Split(qop, ",") {
		if strings.EqualFold(strings.TrimSpace(q), "auth") {
			return true
		}
	}
	return false
}

// splitChallenges cuts a header that holds several challenges (RFC 7235 4.1): each begins
// with a scheme, which is a word followed by a space and no "=".
func splitChallenges(v string) []string {
	if len(v) > 4*maxDigest {
		return nil
	}
	var out []string
	for _, part := range cut(v, ',') {
		word, rest, ok := strings.Cut(part, " ")
		if len(out) == 0 || ok && token(word) && !strings.HasPrefix(strings.TrimSpace(rest), "=") {
			out = append(out, part)
			continue
		}
		out[len(out)-1] += "," + part
	}
	return out
}
