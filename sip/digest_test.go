package sip

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

func TestDigestVectors(t *testing.T) { // RFC 7616 3.9.1
	const (
		nonce  = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
		cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
	)
	for alg, want := range map[algorithm]string{
		algMD5:    "8ca523f5e9506fed4657c9700eebdbec",
		algSHA256: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		ha1 := alg.hash("Mufasa", "http-auth@example.org", "Circle of Life")
		if got := alg.response(ha1, nonce, "00000001", cnonce, "auth", "GET", "/dir/index.html"); got != want {
			t.Errorf("%s: %s, want %s", alg, got, want)
		}
	}
	// RFC 2069 form, as corrected by erratum 749.
	ha1 := algMD5.hash("Mufasa", "testrealm@host.com", "CircleOfLife")
	if got := algMD5.response(ha1, "dcd98b7102dd2f0e8b11d0f600bfb0c093", "", "", "", "GET", "/dir/index.html"); got != "1949323746fe6a43ef61f9606e7febea" {
		t.Errorf("RFC 2069: %s", got)
	}
}

func TestParseDigest(t *testing.T) {
	good := map[string]digestHeader{
		`Digest realm="a",nonce="b"`:                                {realm: "a", nonce: "b"},
		"DIGEST\trealm = \"a\" , nonce=\"b\" ,":                     {realm: "a", nonce: "b"},
		`Digest realm="a \"q\" \\,x",nonce="b",qop="auth,auth-int"`: {realm: `a "q" \,x`, nonce: "b", qop: "auth,auth-int"},
		`Digest realm="a",nonce="b",stale=TRUE,future="x"`:          {realm: "a", nonce: "b", stale: true},
		`Digest username="u",realm="a",nonce="b",uri="sip:x",response="r",nc=00000001,qop=auth,algorithm=MD5`: {
			username: "u", realm: "a", nonce: "b", uri: "sip:x", response: "r", nc: "00000001", qop: "auth", algorithm: "MD5"},
	}
	for in, want := range good {
		if got, err := parseDigest(in); err != nil || got != want {
			t.Errorf("%s\n got %+v %v\nwant %+v", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "Digest", "Basic dTpw", `Digest realm="a"`, `Digest nonce="b"`, `Digest realm="a" nonce="b"`,
		`Digest realm="a",realm="c",nonce="b"`, `Digest realm="a,nonce="b"`, `Digest realm="a",nonce="b`,
		"Digest realm=\"a\r\nX: y\",nonce=\"b\"", `Digest realm="a",nonce=b@c`, `Digest realm="a",nonce="b",=x`,
		`Digest realm="a",nonce="b",@="x"`, `Digest realm="` + strings.Repeat("a", maxDigest) + `",nonce="b"`,
	} {
		if got, err := parseDigest(in); err == nil {
			t.Errorf("%.60q was taken: %+v", in, got)
		}
	}
}

func FuzzParseDigest(f *testing.F) {
	f.Add(`Digest username="u",realm="a\"",nonce="b",uri="sip:x",response="r",nc=00000001,qop=auth`)
	f.Add(`Digest realm="a", nonce="b", qop="auth,auth-int", Digest realm="c", nonce="d"`)
	f.Fuzz(func(t *testing.T, in string) {
		h, err := parseDigest(in)
		for _, part := range splitChallenges(in) {
			parseDigest(part)
		}
		if err != nil {
			return
		}
		for _, v := range []string{h.realm, h.nonce, h.username, h.uri} {
			if strings.ContainsAny(v, "\r\n\x00") {
				t.Fatalf("control character in %q", v)
			}
		}
		// What was read can be written and read again.
		again, err := parseDigest("Digest realm=" + quote(h.realm) + ",nonce=" + quote(h.nonce))
		if err == nil && clean(h.realm) == h.realm && again.realm != h.realm {
			t.Fatalf("realm %q came back as %q", h.realm, again.realm)
		}
	})
}

func TestChallenge(t *testing.T) {
	a, _ := newTestAccess(&UA{})
	r := a.digest.challenge(true, false)
	if r.code != 401 || len(r.headers) != 2 {
		t.Fatalf("%+v", r)
	}
	for i, alg := range []string{"SHA-256", "MD5"} { // strongest first
		c, err := parseDigest(r.headers[i][1])
		if err != nil || r.headers[i][0] != "WWW-Authenticate" || c.algorithm != alg || c.realm != testRealm || c.qop != "auth" || !c.stale {
			t.Errorf("challenge %d: %v %+v", i, err, c)
		}
	}
}

// check runs credentials, altered by edit, through the server.
func check(t *testing.T, a *access, user, password string, edit func(string) string) verdict {
	t.Helper()
	req := sign(t, parse(t, "INVITE", "sip:4000@"+testRealm), a.digest.challenge(false, false), user, password)
	h := req.GetHeader("Authorization")
	if edit != nil {
		req.RemoveHeader("Authorization")
		req.AppendHeader(msg.NewHeader("Authorization", edit(h.Value())))
	}
	c, _ := a.digest.credentials(req)
	if c == nil {
		return noCredentials
	}
	_, v := a.digest.check(t.Context(), a.directory, req, c)
	return v
}

func TestCheck(t *testing.T) {
	a, _ := newTestAccess(&UA{})
	swap := func(old, new string) func(string) string {
		return func(s string) string {
			if !strings.Contains(s, old) {
				t.Fatalf("%q is not in %s", old, s)
			}
			return strings.Replace(s, old, new, 1)
		}
	}
	for name, c := range map[string]struct {
		user, password string
		edit           func(string) string
		want           verdict
	}{
		"right":            {"alice", "pw-alice", nil, goodCredentials},
		"wrong password":   {"alice", "pw-bob", nil, badCredentials},
		"unknown user":     {"mallory", "pw-mallory", nil, badCredentials},
		"other realm":      {"alice", "pw-alice", swap(testRealm, "elsewhere"), noCredentials},
		"-sess":            {"alice", "pw-alice", swap("algorithm=SHA-256", "algorithm=SHA-256-sess"), badCredentials},
		"unknown hash":     {"alice", "pw-alice", swap("algorithm=SHA-256", "algorithm=CRC32"), badCredentials},
		"no qop":           {"alice", "pw-alice", swap(", qop=auth", ""), badCredentials},
		"auth-int":         {"alice", "pw-alice", swap("qop=auth", "qop=auth-int"), badCredentials},
		"nc of zero":       {"alice", "pw-alice", swap("nc=00000001", "nc=00000000"), badCredentials},
		"nc too short":     {"alice", "pw-alice", swap("nc=00000001", "nc=1"), badCredentials},
		"nonce not ours":   {"alice", "pw-alice", swap(`nonce="`, `nonce="A`), staleNonce},
		"malformed":        {"alice", "pw-alice", swap(`realm="`, `realm="x",realm="`), noCredentials},
		"empty user":       {"alice", "pw-alice", swap(`username="alice"`, `username=""`), badCredentials},
		"response in caps": {"alice", "pw-alice", func(s string) string { i := strings.Index(s, "response="); return s[:i+9] + strings.ToUpper(s[i+9:]) }, goodCredentials},
	} {
		if got := check(t, a, c.user, c.password, c.edit); got != c.want {
			t.Errorf("%s: verdict %d, want %d", name, got, c.want)
		}
	}
}

func TestDigestURI(t *testing.T) {
	for uri, want := range map[string]bool{
		"sip:4000@ringflow.test": true, "sip:4000@RINGFLOW.test:5060;transport=tcp": true, "sip:ringflow.test": true,
		"sip:%34000@ringflow.test": true, "sip:4001@ringflow.test": false, "sip:4000@elsewhere": false, "": false, "junk junk": false,
	} {
		req := parse(t, "INVITE", "sip:4000@ringflow.test")
		if got := sameTarget(uri, &req.Recipient); got != want {
			t.Errorf("%q: %v", uri, got)
		}
	}
}

func TestReplay(t *testing.T) {
	a, _ := newTestAccess(&UA{})
	req := sign(t, parse(t, "INVITE", "sip:4000@"+testRealm), a.digest.challenge(false, false), "alice", "pw-alice")
	c, _ := a.digest.credentials(req)
	for i, want := range []verdict{goodCredentials, staleNonce, staleNonce} {
		if _, got := a.digest.check(t.Context(), a.directory, req, c); got != want {
			t.Errorf("use %d of the same credentials: %d, want %d", i, got, want)
		}
	}
}

func TestNonceExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNonces()
		s := n.issue(time.Now())
		if _, ok := n.fresh(s, time.Now()); !ok {
			t.Error("a new nonce is not fresh")
		}
		time.Sleep(nonceLife + time.Second)
		if _, ok := n.fresh(s, time.Now()); ok {
			t.Error("an old nonce is fresh")
		}
		if _, ok := newNonces().fresh(n.issue(time.Now()), time.Now()); ok {
			t.Error("another process's nonce is fresh")
		}
	})
}
