package fetch_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ringflow/flow"
	"ringflow/flow/fetch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// here is what the tests allow: one address of this machine, and no other.
var here = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}

// serve starts a server on an address of this machine.
func serve(t *testing.T, address string, h http.HandlerFunc) (url, port string) {
	t.Helper()
	l, err := net.Listen("tcp", address+":0")
	if err != nil {
		t.Fatal(err)
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}}
	s.Start()
	t.Cleanup(s.Close)
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return s.URL, port
}

func client(t *testing.T, allow ...netip.Prefix) flow.HTTP {
	t.Helper()
	c := &fetch.Client{Allow: allow}
	t.Cleanup(c.Close)
	return c.For("acme")
}

func TestRequest(t *testing.T) {
	url, _ := serve(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Add("X-Twice", "a")
		w.Header().Add("X-Twice", "b")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, "%s %s %s %s %s", r.Method, r.URL, r.Header.Get("X-Key"), r.Header.Get("User-Agent"), b)
	})
	got, err := client(t, here...).Do(t.Context(), flow.HTTPRequest{Method: "PUT", URL: url + "/a?b=c", Headers: [][2]string{{"X-Key", "k"}}, Body: "the body"})
	if err != nil {
		t.Fatal(err)
	}
	if got.Status != 201 || got.Body != "PUT /a?b=c k Ringflow the body" || got.Headers["X-Twice"] != "a, b" {
		t.Errorf("%+v", got)
	}
}

// Nothing that a flow's author writes reaches a listener inside.
func TestInside(t *testing.T) {
	var reached atomic.Int32
	inside, port := serve(t, "127.0.0.1", func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	_, other := serve(t, "127.0.0.2", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, inside+"/"+r.URL.Path, http.StatusTemporaryRedirect)
	})
	var urls []string
	for _, host := range []string{"127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "localhost", "LOCALHOST", "localhost.", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
		"0", "0.0.0.0", "[::]", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.0.0.1%00.example.com", "127.0.0.1.", "①②⑦.⓪.⓪.①", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
		"[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fec0::1]", "[ff02::1]", "169.254.169.254", "[fd00:ec2::254]", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "192.0.0.8", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1"} {
		urls = append(urls, "http://"+host+":"+port+"/")
	}
	for _, u := range []string{"https://127.0.0.1:%s/", "file:///etc/passwd", "gopher://127.0.0.1:%s/", "ftp://127.0.0.1:%s/", "dict://127.0.0.1:%s/", "//127.0.0.1:%s/", "http:127.0.0.1:%s", "HTTP://127.0.0.1:%s/",
		"http://example.com@127.0.0.1:%s/", "http://127.0.0.1:%s#@example.com/", "http://example.com\\@127.0.0.1:%s/", "http:///127.0.0.1:%s/", "http://:%s/", "jar:http://127.0.0.1:%s/!/", "unix:///run/x.sock", "http://127.0.0.1:%s\r\nX: y/", " http://127.0.0.1:%s/", "javascript:alert(%s)", ""} {
		urls = append(urls, strings.ReplaceAll(u, "%s", port))
	}
	urls = append(urls, "http://127.0.0.2:"+other+"/redirect")
	if len(urls) < 60 {
		t.Fatalf("only %d addresses", len(urls))
	}
	c := client(t, netip.MustParsePrefix("127.0.0.2/32"))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, u := range urls {
		if got, err := c.Do(ctx, flow.HTTPRequest{Method: "POST", URL: u, Body: "x"}); err == nil {
			t.Errorf("%q answered %+v", u, got)
		}
	}
	if n := reached.Load(); n > 0 {
		t.Errorf("%d of %d reached the inside", n, len(urls))
	}
	// The same listener is reached where that is allowed, so it was there to be reached.
	if _, err := client(t, here...).Do(ctx, flow.HTTPRequest{Method: "GET", URL: "HTTP://127.0.0.1:" + port + "/"}); err != nil || reached.Load() != 1 {
		t.Errorf("allowed: %v", err)
	}
}

func TestAnswerIsBounded(t *testing.T) {
	url, _ := serve(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) {
		chunk := []byte(strings.Repeat("a", 1<<16))
		switch r.URL.Path {
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer z.Close()
			for range 1 << 10 {
				if _, err := z.Write(chunk); err != nil {
					return
				}
			}
		case "/endless":
			for {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/slow":
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		case "/fits":
			for range 16 {
				_, _ = w.Write(chunk)
			}
		}
	})
	c := client(t, here...)
	for path, want := range map[string]string{"/bomb": "longer than 1 MB", "/endless": "longer than 1 MB", "/round": "more than 5 redirects", "/slow": "deadline"} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		if path == "/slow" {
			cancel()
			ctx, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
		}
		_, err := c.Do(ctx, flow.HTTPRequest{Method: "GET", URL: url + path})
		cancel()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	if got, err := c.Do(t.Context(), flow.HTTPRequest{Method: "GET", URL: url + "/fits"}); err != nil || len(got.Body) != 1<<20 {
		t.Errorf("1 MB: %d bytes, %v", len(got.Body), err)
	}
}

// A redirect to another host does not take along what the flow sends in headers or body.
func TestRedirectKeepsSecrets(t *testing.T) {
	seen := make(chan http.Header, 4)
	_, port := serve(t, "127.0.0.2", func(_ http.ResponseWriter, r *http.Request) { seen <- r.Header })
	code := http.StatusFound
	url, _ := serve(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.2:"+port+"/", code)
	})
	c := client(t, netip.MustParsePrefix("127.0.0.0/8"))
	secret := [][2]string{{"X-Api-Key", "s3cret"}, {"Authorization", "Bearer s3cret"}, {"Cookie", "s3cret"}}
	if _, err := c.Do(t.Context(), flow.HTTPRequest{Method: "GET", URL: url + "/?key=s3cret", Headers: secret}); err != nil {
		t.Fatal(err)
	}
	if h := fmt.Sprint(<-seen); strings.Contains(h, "s3cret") {
		t.Errorf("the other host has seen %s", h)
	}
	code = http.StatusPermanentRedirect
	if _, err := c.Do(t.Context(), flow.HTTPRequest{Method: "POST", URL: url, Headers: secret, Body: "s3cret"}); err == nil || !strings.Contains(err.Error(), "another host") {
		t.Errorf("the body went along: %v", err)
	}
	if len(seen) > 0 {
		t.Error("the other host was asked")
	}
}

// A host that is away is left alone, for this account only; the error has no
// address in it, which may hold a secret.
func TestBreaker(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	away := l.Addr().String()
	l.Close()
	c := &fetch.Client{Allow: here}
	defer c.Close()
	request := flow.HTTPRequest{Method: "GET", URL: "http://" + away + "/?key=s3cret"}
	for i := range 6 {
		_, err := c.For("acme").Do(t.Context(), request)
		if err == nil || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "left alone") != (i == 5) {
			t.Errorf("request %d: %v", i+1, err)
		}
	}
	if _, err := c.For("other").Do(t.Context(), request); err == nil || strings.Contains(err.Error(), "left alone") {
		t.Errorf("another account: %v", err)
	}
}
