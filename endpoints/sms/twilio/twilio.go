// Package twilio carries texts over HTTP in the form of Twilio's messaging API, which
// others speak, too: POST /2010-04-01/Accounts/{sid}/Messages.json out, a form at
// /texts/twilio/{endpointId} in, and at /texts/twilio/{endpointId}/status what became of a text.
// endpointId is the phone number's or trunk's whose account it is.
//
// Every request that comes is signed with the account's auth token (X-Twilio-Signature); any other is
// refused before it is looked at. The answer is given once the text is kept.
package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
)

// Prefix is where the requests of carriers come.
const Prefix = "/texts/twilio/"

// Adapter is the way in and out. Set the fields.
type Adapter struct {
	Accounts  sms.Accounts
	Desk      *sms.Desk
	Fetcher   *sms.Fetcher
	Media     *sms.Media
	Transport http.RoundTripper // decides which addresses may be reached
	Public    string            // our address as the carrier reaches it; empty: what it asks for
	Log       *zap.Logger
}

const (
	sendTime  = 20 * time.Second
	maxAnswer = 64 << 10
	maxMedia  = 10 // of one text, as Twilio has it
)

// answer is what the API says of a text, or of a request that it refuses.
type answer struct {
	SID      string `json:"sid"`
	Segments string `json:"num_segments"`
	Code     int    `json:"code"`
	Message  string `json:"message"`
}

// Carry implements sms.Carrier.
func (a *Adapter) Carry(ctx context.Context, m *endpoints.Outbound, o *sms.Out) (string, error) {
	via := o.Way.Via
	if via == nil || via.Texts == nil || via.Texts.Carrier != endpoints.CarrierTwilio {
		return "", &endpoints.Refused{Err: errors.New("the number has no account at Twilio any more")}
	}
	form := url.Values{"To": {o.To}, "From": {o.From.Number}}
	if o.Post.Text != "" {
		form.Set("Body", o.Post.Text)
	}
	for _, f := range o.Post.Files {
		address, err := a.Media.URL(f)
		if err != nil {
			return "", err
		}
		form.Add("MediaUrl", address)
	}
	if a.Public != "" {
		form.Set("StatusCallback", strings.TrimRight(a.Public, "/")+Prefix+via.ID+"/status")
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	t := via.Texts.Twilio
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.BaseURL+"/2010-04-01/Accounts/"+url.PathEscape(t.AccountSID)+"/Messages.json", strings.NewReader(form.Encode()))
	if err != nil {
		return "", &endpoints.Refused{Err: err}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("I-Twilio-Idempotency-Token", m.ID)
	req.SetBasicAuth(t.AccountSID, via.Texts.Secret)
	client := &http.Client{Transport: a.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return "", err
	}
	return outcome(resp, body)
}

// outcome is what an answer means. A text that the API has taken is never sent again, even if its answer
// can't be read.
func outcome(resp *http.Response, body []byte) (string, error) {
	var r answer
	readable := json.Unmarshal(body, &r) == nil
	switch code := resp.StatusCode; {
	case code/100 == 2:
		if !readable || !plain(r.SID) {
			return "", nil
		}
		return r.SID, nil
	case code == http.StatusTooManyRequests:
		return "", &endpoints.Later{At: time.Now().Add(patience(resp.Header)), Err: errors.New("the carrier wants fewer texts")}
	case code == http.StatusBadRequest && readable && r.Code != 20429:
		return "", &endpoints.Refused{Err: fmt.Errorf("the carrier refused it: %.200s (%d)", line(r.Message), r.Code)}
	case readable && r.Message != "":
		return "", fmt.Errorf("the carrier answered %d: %.200s (%d)", code, line(r.Message), r.Code)
	default:
		return "", fmt.Errorf("the carrier answered %d", code)
	}
}

// patience is what the carrier asks for, within reason.
func patience(h http.Header) time.Duration {
	n, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || n < 1 {
		return 10 * time.Second
	}
	return time.Duration(min(n, 3600)) * time.Second
}

// line is text of a stranger as one line.
func line(s string) string { return strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ") }

// plain tells whether an id can be one.
func plain(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	for _, r := range id {
		if !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_') {
			return false
		}
	}
	return true
}
