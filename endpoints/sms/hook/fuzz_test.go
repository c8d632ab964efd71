package hook

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"ringflow/endpoints"
	"ringflow/endpoints/sms/smstest"
)

const secret = "the secret of the webhook"

// post gives the adapter a request with these headers.
func post(w *smstest.World, path, body string, header map[string]string) int {
	a := &Adapter{Accounts: w, Desk: w.Desk(), Fetcher: w.Fetcher()}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.URL = &url.URL{Path: Prefix + w.Number.ID + path}
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
		w := smstest.New(&endpoints.Texts{Carrier: endpoints.CarrierHTTP, Secret: secret})
		now := time.Now()
		at, old := strconv.FormatInt(now.Unix(), 10), strconv.FormatInt(now.Add(-2*window).Unix(), 10)
		for _, forged := range []map[string]string{
			nil, {"webhook-id": id, "webhook-timestamp": at}, {"webhook-id": id, "webhook-timestamp": at, "webhook-signature": Sign("", id, at, []byte(body))},
			{"webhook-id": id, "webhook-timestamp": at, "webhook-signature": Sign(secret, id, at, []byte(body+" "))},
			{"webhook-id": id, "webhook-timestamp": old, "webhook-signature": Sign(secret, id, old, []byte(body))},
		} {
			if code := post(w, path, body, forged); code < 400 || code >= 500 || len(w.Got) > 0 || w.Receipts > 0 {
				t.Fatalf("with %q: %d, %d kept, %d receipts", forged, code, len(w.Got), w.Receipts)
			}
		}
		code := post(w, path, body, map[string]string{"webhook-id": id, "webhook-timestamp": at, "webhook-signature": Sign(secret, id, at, []byte(body))})
		if kept := len(w.Got) + w.Receipts; code != 200 && kept > 0 || kept > 1 || code == -1 {
			t.Errorf("%d, and %d kept", code, kept)
		}
		for _, m := range w.Got {
			if m.EndpointID != w.Number.ID || !utf8.ValidString(m.Text) || !utf8.ValidString(m.OtherAddress) || strings.ContainsAny(m.OtherAddress, "\r\n\x00") {
				t.Errorf("%+v", m)
			}
		}
	})
}
