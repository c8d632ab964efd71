package twilio

import (
	"context"
	"encoding/base64"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
)

const token = "the-token-of-the-account"

// world is one number with an account here, and whoever keeps what comes to it.
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
		Texts: &endpoints.Texts{Carrier: endpoints.CarrierTwilio, Secret: token, Twilio: endpoints.TwilioTexts{AccountSID: "AC1", BaseURL: endpoints.DefaultTwilioURL}},
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

func (w *world) adapter() *Adapter {
	desk := &sms.Desk{Store: w, Inbox: w, Trunks: func(string) []*endpoints.Endpoint { return nil }}
	return &Adapter{Accounts: w, Desk: desk, Fetcher: &sms.Fetcher{Transport: nowhere{}, Inbox: w}, Public: "https://x.test"}
}

// Whatever is posted is answered; without the signature of these very bytes nothing is kept, and with it
// what is kept can be.
func FuzzPost(f *testing.F) {
	f.Add("", "MessageSid=SM1&From=%2B12025550143&To=%2B18005550100&Body=hello&NumMedia=0")
	f.Add("", "MessageSid=SM1&From=ACME&To=%2B18005550100&Body=%ff%00&NumSegments=-1&NumMedia=99999999999999999999")
	f.Add("", "SmsSid=SM1&From=x%0d%0aEvil:1&To=&Body=STOP&OptOutType=STOP&ProfileName=%00")
	f.Add("", "MessageSid=SM1&From=1&NumMedia=2&MediaUrl0=http%3A%2F%2F%5B&MediaUrl1=file%3A%2F%2F%2Fetc%2Fpasswd")
	f.Add("/status", "MessageSid=SM1&MessageStatus=delivered&From=%2B18005550100")
	f.Add("/status", "MessageSid=SM1&MessageStatus=failed&ErrorCode=%00&From=x")
	f.Add("/else", "%zz")
	f.Fuzz(func(t *testing.T, path, body string) {
		w := newWorld()
		a := w.adapter()
		post := func(signature string) int {
			u := &url.URL{Path: Prefix + w.number.ID + path}
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
			r.URL, r.RequestURI = u, u.RequestURI()
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("X-Twilio-Signature", signature)
			rec := httptest.NewRecorder()
			a.ServeHTTP(rec, r)
			return rec.Code
		}
		form, err := url.ParseQuery(body)
		u := url.URL{Path: Prefix + w.number.ID + path}
		for _, forged := range []string{"", "AAAA", base64.StdEncoding.EncodeToString(signature("", "https://x.test"+u.RequestURI(), form)), base64.StdEncoding.EncodeToString(signature("other", "https://x.test"+u.RequestURI(), form))} {
			if code := post(forged); code < 400 || code >= 500 || len(w.got) > 0 || w.receipts > 0 {
				t.Fatalf("signed by %q: %d, %d kept, %d receipts", forged, code, len(w.got), w.receipts)
			}
		}
		if err != nil {
			return
		}
		code := post(base64.StdEncoding.EncodeToString(signature(token, "https://x.test"+u.RequestURI(), form)))
		if kept := len(w.got) + w.receipts; code != 200 && kept > 0 || kept > 1 {
			t.Errorf("%d, and %d kept", code, kept)
		}
		for _, m := range w.got {
			if m.EndpointID != w.number.ID || !utf8.ValidString(m.Text) || !utf8.ValidString(m.OtherAddress) || strings.ContainsAny(m.OtherAddress, "\r\n\x00") {
				t.Errorf("%+v", m)
			}
		}
	})
}
