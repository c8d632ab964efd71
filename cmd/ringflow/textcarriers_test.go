package main

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/endpoints/sms/hook"
)

const (
	// publicURL is what the carriers know of the server; a proxy before it would pass on what comes there.
	publicURL   = "https://phones.example.com"
	twilioSID   = "AC0123456789abcdef0123456789abcdef"
	twilioToken = "the-token-of-the-account"
	hookSecret  = "the secret of the webhook"
)

// picture is what lies at the carriers as a file.
var picture = []byte("\xff\xd8\xff\xe0 a picture, as far as this test looks at it")

// mediaOf answers for a picture; who asks needs the password if there is one.
func mediaOf(w http.ResponseWriter, r *http.Request, user, password string) bool {
	if !strings.HasPrefix(r.URL.Path, "/media/") {
		return false
	}
	if u, p, _ := r.BasicAuth(); u != user || p != password {
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write(picture)
	return true
}

// carrierOfTexts is what Twilio's form and the plain webhook have in common: who takes texts,
// and tells at once that they were delivered.
type carrierOfTexts struct {
	h   *house
	url string
	id  string // of the trunk or number at which the server knows it

	mu    sync.Mutex
	got   []string
	wrong []string
	n     int
}

// took notes a text of the server's and gives it a name.
func (c *carrierOfTexts) took(from, to, words string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got = append(c.got, from+" "+to+": "+words)
	return fmt.Sprintf("SM%032d", len(c.got))
}

func (c *carrierOfTexts) complain(format string, a ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong = append(c.wrong, fmt.Sprintf(format, a...))
}

func (c *carrierOfTexts) texts() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.got)
}

func (c *carrierOfTexts) next() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return strconv.Itoa(c.n)
}

// wants fails the test if anything was not as the carrier wants it.
func (c *carrierOfTexts) wants(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.wrong {
		t.Error(w)
	}
}

// serve starts the carrier's HTTP server.
func (c *carrierOfTexts) serve(t *testing.T, h http.HandlerFunc) {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c.url = s.URL
}

// send posts a request and gives the status of its answer.
func send(req *http.Request, err error) (int, string) {
	if err != nil {
		return 0, err.Error()
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(b)
}

// twilioCarrier is Twilio's messaging API, as far as texts need it.
type twilioCarrier struct{ carrierOfTexts }

func newTwilio(t *testing.T, h *house) *twilioCarrier {
	c := &twilioCarrier{carrierOfTexts{h: h}}
	c.serve(t, func(w http.ResponseWriter, r *http.Request) {
		if mediaOf(w, r, twilioSID, twilioToken) {
			return
		}
		u, p, _ := r.BasicAuth()
		if r.URL.Path != "/2010-04-01/Accounts/"+twilioSID+"/Messages.json" || u != twilioSID || p != twilioToken {
			c.complain("Twilio was asked for %s by %s", r.URL.Path, u)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		sid := c.took(r.PostFormValue("From"), r.PostFormValue("To"), r.PostFormValue("Body"))
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"sid":%q,"status":"queued"}`, sid)
		back, ok := strings.CutPrefix(r.PostFormValue("StatusCallback"), publicURL)
		if !ok {
			c.complain("the StatusCallback is %q", r.PostFormValue("StatusCallback"))
		}
		form := url.Values{"MessageSid": {sid}, "MessageStatus": {"delivered"}, "From": {r.PostFormValue("From")}, "To": {r.PostFormValue("To")}}
		if code, answer := c.post(back, form, twilioToken); code != http.StatusOK {
			c.complain("the receipt is answered by %d %s", code, answer)
		}
	})
	return c
}

// account is how an endpoint texts by this carrier.
func (c *twilioCarrier) account() M {
	return M{"carrier": "Twilio", "accountSid": twilioSID, "authToken": twilioToken, "baseUrl": c.url}
}

// post is a request of Twilio's, signed by a token; with none it isn't signed.
func (c *twilioCarrier) post(path string, form url.Values, token string) (int, string) {
	req, err := http.NewRequest(http.MethodPost, c.h.apiAddr+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err.Error()
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token != "" {
		req.Header.Set("X-Twilio-Signature", twilioSigned(token, publicURL+path, form))
	}
	return send(req, nil)
}

// twilioSigned is X-Twilio-Signature as Twilio's documentation has it.
func twilioSigned(token, address string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	io.WriteString(mac, address)
	for _, name := range slices.Sorted(maps.Keys(form)) {
		io.WriteString(mac, name+form.Get(name))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (c *twilioCarrier) form(from, to, words string, media ...string) url.Values {
	form := url.Values{"MessageSid": {"MM" + c.next()}, "From": {from}, "To": {to}, "Body": {words}, "NumMedia": {strconv.Itoa(len(media))}, "NumSegments": {"1"}}
	for i, m := range media {
		form.Set(fmt.Sprintf("MediaUrl%d", i), c.url+"/media/"+m)
		form.Set(fmt.Sprintf("MediaContentType%d", i), "image/jpeg")
	}
	return form
}

// write is a text that must be taken, with files.
func (c *twilioCarrier) write(from, to, words string, media ...string) {
	c.h.t.Helper()
	if code, answer := c.post("/texts/twilio/"+c.id, c.form(from, to, words, media...), twilioToken); code != http.StatusOK || !strings.Contains(answer, "<Response></Response>") {
		c.h.t.Fatalf("the text %q is answered by %d %s", words, code, answer)
	}
}

// hookCarrier is who speaks the plain webhook.
type hookCarrier struct{ carrierOfTexts }

func newHook(t *testing.T, h *house) *hookCarrier {
	c := &hookCarrier{carrierOfTexts{h: h}}
	c.serve(t, func(w http.ResponseWriter, r *http.Request) {
		if mediaOf(w, r, "", "") {
			return
		}
		body, _ := io.ReadAll(r.Body)
		var m hook.Text
		if err := json.Unmarshal(body, &m); err != nil || r.Header.Get("webhook-signature") != hook.Sign(hookSecret, r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), body) {
			c.complain("a text isn't signed, or none: %s", body)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		c.took(m.From, m.To, m.Text)
		if code, answer := c.post("/texts/http/"+c.id+"/receipts", "r"+m.ID, time.Now(), hookSecret, hook.Receipt{ID: m.ID, State: "delivered"}); code != http.StatusOK {
			c.complain("the receipt is answered by %d %s", code, answer)
		}
	})
	return c
}

func (c *hookCarrier) account() M { return M{"carrier": "Http", "url": c.url, "secret": hookSecret} }

// post is a request of the webhook, signed with a secret, at a time.
func (c *hookCarrier) post(path, id string, at time.Time, secret string, body any) (int, string) {
	b, err := json.Marshal(body)
	if err != nil {
		return 0, err.Error()
	}
	req, err := http.NewRequest(http.MethodPost, c.h.apiAddr+path, bytes.NewReader(b))
	if err != nil {
		return 0, err.Error()
	}
	seconds := strconv.FormatInt(at.Unix(), 10)
	req.Header.Set("webhook-id", id)
	req.Header.Set("webhook-timestamp", seconds)
	if secret != "" {
		req.Header.Set("webhook-signature", hook.Sign(secret, id, seconds, b))
	}
	return send(req, nil)
}

func (c *hookCarrier) write(from, to, words string, media ...string) {
	c.h.t.Helper()
	id := c.next()
	m := hook.Text{ID: id, From: from, To: to, Text: words}
	for _, name := range media {
		m.MediaURLs = append(m.MediaURLs, c.url+"/media/"+name)
	}
	if code, answer := c.post("/texts/http/"+c.id, "w"+id, time.Now(), hookSecret, m); code != http.StatusOK {
		c.h.t.Fatalf("the text %q is answered by %d %s", words, code, answer)
	}
}

// kept are the messages of an endpoint with an address, the oldest first; no address: with all.
func (h *house) kept(endpoint, other string) []*endpoints.Message {
	h.t.Helper()
	all, _, err := h.store.Messages(h.t.Context(), endpoints.MessageFilter{List: endpoints.List{All: true}, EndpointIDs: []string{endpoint}})
	if err != nil {
		h.t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(m *endpoints.Message) bool { return other != "" && m.OtherAddress != other })
	slices.SortFunc(all, func(a, b *endpoints.Message) int { return cmp.Or(a.Date.Compare(b.Date), cmp.Compare(a.ID, b.ID)) })
	return all
}
