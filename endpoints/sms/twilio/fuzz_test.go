package twilio

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"ringflow/endpoints"
	"ringflow/endpoints/sms/smstest"
)

const token = "the-token-of-the-account"

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
		w := smstest.New(&endpoints.Texts{Carrier: endpoints.CarrierTwilio, Secret: token, Twilio: endpoints.TwilioTexts{AccountSID: "AC1", BaseURL: endpoints.DefaultTwilioURL}})
		a := &Adapter{Accounts: w, Desk: w.Desk(), Fetcher: w.Fetcher(), Public: "https://x.test"}
		post := func(signature string) int {
			u := &url.URL{Path: Prefix + w.Number.ID + path}
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
			r.URL, r.RequestURI = u, u.RequestURI()
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("X-Twilio-Signature", signature)
			rec := httptest.NewRecorder()
			a.ServeHTTP(rec, r)
			return rec.Code
		}
		form, err := url.ParseQuery(body)
		u := url.URL{Path: Prefix + w.Number.ID + path}
		for _, forged := range []string{"", "AAAA", base64.StdEncoding.EncodeToString(signature("", "https://x.test"+u.RequestURI(), form)), base64.StdEncoding.EncodeToString(signature("other", "https://x.test"+u.RequestURI(), form))} {
			if code := post(forged); code < 400 || code >= 500 || len(w.Got) > 0 || w.Receipts > 0 {
				t.Fatalf("signed by %q: %d, %d kept, %d receipts", forged, code, len(w.Got), w.Receipts)
			}
		}
		if err != nil {
			return
		}
		code := post(base64.StdEncoding.EncodeToString(signature(token, "https://x.test"+u.RequestURI(), form)))
		if kept := len(w.Got) + w.Receipts; code != 200 && kept > 0 || kept > 1 {
			t.Errorf("%d, and %d kept", code, kept)
		}
		for _, m := range w.Got {
			if m.EndpointID != w.Number.ID || !utf8.ValidString(m.Text) || !utf8.ValidString(m.OtherAddress) || strings.ContainsAny(m.OtherAddress, "\r\n\x00") {
				t.Errorf("%+v", m)
			}
		}
	})
}
