package twilio

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"testing"
)

// The signature is that of Twilio's own documentation.
func TestSignature(t *testing.T) {
	form := url.Values{"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675309"}, "Digits": {"1234"}, "From": {"+14158675309"}, "To": {"+18005551212"}}
	const address = "https://mycompany.com/myapp.php?foo=1&bar=2"
	if got := base64.StdEncoding.EncodeToString(signature("12345", address, form)); got != "RSOYDt4T1cUTdK1PDd93/VVr8B8=" {
		t.Errorf("got %s", got)
	}
	form.Set("Digits", "1235")
	if got := base64.StdEncoding.EncodeToString(signature("12345", address, form)); got == "RSOYDt4T1cUTdK1PDd93/VVr8B8=" {
		t.Error("a changed form has the same signature")
	}
}

// The token is shown to the API's own hosts alone.
func TestWhoSeesTheToken(t *testing.T) {
	for address, want := range map[string]bool{
		"https://api.twilio.com/2010/x": true, "https://mcs.us1.twilio.com/x": true, "http://api.twilio.com/x": false,
		"https://eviltwilio.com/x": false, "https://api.twilio.com.evil.test/x": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := ours(u, "https://api.twilio.com"); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

// What an answer means.
func TestOutcome(t *testing.T) {
	for _, c := range []struct {
		code    int
		body    string
		sid     string
		refused bool
		ok      bool
	}{
		{201, `{"sid":"SM1"}`, "SM1", false, true}, {201, `garbage`, "", false, true},
		{400, `{"code":21610,"message":"opted out"}`, "", true, false}, {401, `{}`, "", false, false}, {500, ``, "", false, false}, {429, ``, "", false, false},
	} {
		sid, err := outcome(&http.Response{StatusCode: c.code, Header: http.Header{}}, []byte(c.body))
		if sid != c.sid || (err == nil) != c.ok || isRefused(err) != c.refused {
			t.Errorf("%d %s: %q, %v", c.code, c.body, sid, err)
		}
	}
}
