package hook

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
)

const secret = "the secret of the webhook"

// world is one number with a webhook here, and whoever keeps what comes to it.
type world struct {
	sms.Store
	endpoints.Inbox
	number   *endpoints.Endpoint
	got      []*endpoints.Message
	receipts int
}

func newWorld() *world {
	return &world{number: &endpoints.Endpoint{
		Entity: endpoints.Entity{ID: strings.Repeat("a", 32)}, AccountID: strings.Repeat("b", 32), Kind: endpoints.PhoneNumber, Number: "+18005550100",
		Texts: &endpoints.Texts{Carrier: endpoints.CarrierHTTP, Secret: secret},
	}}
}

func (w *world) Account(context.Context, string) (*endpoints.Account, error) {
	return &endpoints.Account{Name: "Acme"}, nil
}

func (w *world) Settings(context.Context, string) (*endpoints.Settings, error) {
	return &endpoints.Settings{DefaultCountry: "US"}, nil
}

func (w *world) Endpoint(_ context.Context, id string) (*endpoints.Endpoint, error) {
	if id != w.number.ID {
		return nil, fs.ErrNotExist
	}
	return w.number, nil
}

func (w *world) EndpointByNumber(_ context.Context, e164 string) (*endpoints.Endpoint, error) {
	if e164 != w.number.Number {
		return nil, fs.ErrNotExist
	}
	return w.number, nil
}

func (w *world) TextsStopped(context.Context, string, string) (bool, error) { return false, nil }

func (w *world) StopTexts(context.Context, endpoints.TextStop) (bool, error) { return true, nil }

func (w *world) StartTexts(context.Context, string, string) (bool, error) { return true, nil }

func (w *world) KnowsText(context.Context, string, endpoints.Channel, string) (bool, error) {
	return false, nil
}

func (w *world) PutMessage(context.Context, *endpoints.Message, *endpoints.Outbound) (bool, error) {
	return true, nil
}

// Receive implements endpoints.Inbox.
func (w *world) Receive(_ context.Context, m *endpoints.Message) error {
	m.Direction = endpoints.MessageIn
	if err := m.Validate(); err != nil {
		return err
	}
	w.got = append(w.got, m)
	return nil
}

// Receipt implements endpoints.Inbox.
func (w *world) Receipt(context.Context, endpoints.Channel, string, string, endpoints.MessageState, string) error {
	w.receipts++
	return nil
}

// nowhere is a network in which nothing can be reached.
type nowhere struct{}

func (nowhere) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("nothing can be reached")
}

// post gives the adapter a request with these headers.
func (w *world) post(path, body string, header map[string]string) int {
	desk := &sms.Desk{Store: w, Inbox: w, Trunks: func(string) []*endpoints.Endpoint { return nil }}
	a := &Adapter{Accounts: w, Desk: desk, Fetcher: &sms.Fetcher{Transport: nowhere{}, Inbox: w}}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.URL = &url.URL{Path: Prefix + w.number.ID + path}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	rec := httptest.NewRecorder()
	a.ServeHTTP(rec, r)
	var answer map[string]string
	if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
		return -1 // it must be JSON whatever came
	}
	return rec.Code
}

// Whatever is posted is answered; without the signature of these very bytes and of now nothing is
// kept, and with it what is kept can be.
func FuzzPost(f *testing.F) {
	f.Add("", `{"id":"1","from":"+12025550143","to":"+18005550100","text":"hello"}`, "m1")
	f.Add("", `{"id":"1","from":"ACME\r\nEvil: 1","to":"","text":"\u0000\ud800","mediaUrls":["file:///etc/passwd","http://["]}`, "m1")
	f.Add("", `{"id":"1","from":"1","text":"STOP","segments":-1}`, "m 1")
	f.Add("", `{"id":1}`, "m1")
	f.Add("", `[[[[`, "")
	f.Add("/receipts", `{"id":"1","state":"Delivered"}`, "m1")
	f.Add("/receipts", `{"id":"1","state":"failed","error":"\r\n\u0000"}`, "m1")
	f.Add("/else", `{}`, "m1")
	f.Fuzz(func(t *testing.T, path, body, id string) {
		w := newWorld()
		now := time.Now()
		at, old := strconv.FormatInt(now.Unix(), 10), strconv.FormatInt(now.Add(-2*window).Unix(), 10)
		for _, forged := range []map[string]string{
			nil, {"webhook-id": id, "webhook-timestamp": at}, {"webhook-id": id, "webhook-timestamp": at, "webhook-signature": Sign("", id, at, []byte(body))},
			{"webhook-id": id, "webhook-timestamp": at, "webhook-signature": Sign(secret, id, at, []byte(body+" "))},
			{"webhook-id": id, "webhook-timestamp": old, "webhook-signature": Sign(secret, id, old, []byte(body))},
		} {
			if code := w.post(path, body, forged); code < 400 || code >= 500 || len(w.got) > 0 || w.receipts > 0 {
				t.Fatalf("with %q: %d, %d kept, %d receipts", forged, code, len(w.got), w.receipts)
			}
		}
		code := w.post(path, body, map[string]string{"webhook-id": id, "webhook-timestamp": at, "webhook-signature": Sign(secret, id, at, []byte(body))})
		if kept := len(w.got) + w.receipts; code != 200 && kept > 0 || kept > 1 || code == -1 {
			t.Errorf("%d, and %d kept", code, kept)
		}
		for _, m := range w.got {
			if m.EndpointID != w.number.ID || !utf8.ValidString(m.Text) || !utf8.ValidString(m.OtherAddress) || strings.ContainsAny(m.OtherAddress, "\r\n\x00") {
				t.Errorf("%+v", m)
			}
		}
	})
}
