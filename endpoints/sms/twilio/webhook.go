package twilio

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
)

const (
	maxForm  = 128 << 10
	takeTime = 60 * time.Second // with all files
)

// ServeHTTP takes what the carrier posts.
func (a *Adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, what, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, Prefix), "/")
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "POST is wanted", http.StatusMethodNotAllowed)
		return
	}
	if what != "" && what != "status" {
		http.NotFound(w, r)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), takeTime)
	defer cancel()
	via, form, code := a.known(ctx, w, r, id)
	if code != 0 {
		http.Error(w, http.StatusText(code), code)
		return
	}
	var err error
	if what == "status" {
		err = a.status(ctx, via, form)
	} else {
		err = a.text(ctx, via, form)
	}
	switch {
	case err == nil:
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		io.WriteString(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response></Response>\n")
	case errors.Is(err, sms.ErrTooMany):
		w.Header().Set("Retry-After", "60")
		http.Error(w, "too many texts", http.StatusTooManyRequests)
	case sms.Final(err):
		a.log().Info("a text was refused", zap.String("endpoint", id), zap.Error(err))
		http.Error(w, "the text can't be taken", http.StatusUnprocessableEntity)
	default:
		a.log().Error("a text can't be kept now; its sender was told to send it again", zap.String("endpoint", id), zap.Error(err))
		w.Header().Set("Retry-After", "30")
		http.Error(w, "later", http.StatusServiceUnavailable)
	}
}

// known reads the form, and proves that it is the account's. Whoever isn't known learns not why.
func (a *Adapter) known(ctx context.Context, w http.ResponseWriter, r *http.Request, id string) (*endpoints.Endpoint, url.Values, int) {
	if t, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); t != "application/x-www-form-urlencoded" {
		return nil, nil, http.StatusUnsupportedMediaType
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	if err != nil {
		return nil, nil, http.StatusRequestEntityTooLarge
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, nil, http.StatusBadRequest
	}
	var e *endpoints.Endpoint
	if endpoints.ValidID(id) {
		e, err = a.Accounts.Endpoint(ctx, id)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			a.log().Error("an endpoint can't be read", zap.Error(err))
			return nil, nil, http.StatusServiceUnavailable
		}
	}
	token := ""
	if e != nil && e.Texts != nil && e.Texts.Carrier == endpoints.CarrierTwilio {
		token = e.Texts.Secret
	}
	given, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Twilio-Signature"))
	if ok := hmac.Equal(given, signature(token, a.address(r), form)); !ok || token == "" || err != nil {
		return nil, nil, http.StatusForbidden
	}
	return e, form, 0
}

// address is what the carrier asked for: our public one, wherever a proxy has sent the request.
func (a *Adapter) address(r *http.Request) string {
	if a.Public != "" {
		return strings.TrimRight(a.Public, "/") + r.URL.RequestURI()
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host + r.URL.RequestURI()
}

// signature is Twilio's: HMAC-SHA1 of the address and each parameter's name and value,
// sorted by name.
func signature(token, address string, form url.Values) []byte {
	mac := hmac.New(sha1.New, []byte(token))
	io.WriteString(mac, address)
	names := make([]string, 0, len(form))
	for n := range form {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		values := slices.Clone(form[n])
		slices.Sort(values)
		for _, v := range slices.Compact(values) {
			io.WriteString(mac, n+v)
		}
	}
	return mac.Sum(nil)
}

// text takes a text, its files first.
func (a *Adapter) text(ctx context.Context, via *endpoints.Endpoint, form url.Values) error {
	sid := form.Get("MessageSid")
	if sid == "" {
		sid = form.Get("SmsSid")
	}
	if !plain(sid) || form.Get("From") == "" {
		return &endpoints.Invalid{Field: "MessageSid", Text: "MessageSid or From is missing"}
	}
	in := sms.In{Channel: endpoints.Twilio, Via: via, From: form.Get("From"), To: form.Get("To"), Text: form.Get("Body"), Key: sid, Facts: map[string]string{}}
	in.Segments, _ = strconv.Atoi(form.Get("NumSegments"))
	in.Segments = min(max(in.Segments, 0), 255)
	for _, name := range []string{"FromCity", "FromState", "FromZip", "FromCountry", "ProfileName"} {
		if v := form.Get(name); v != "" && len(v) <= 256 {
			in.Facts[name] = v
		}
	}
	in.FromName = in.Facts["ProfileName"]
	switch k := sms.Keyword(strings.ToUpper(form.Get("OptOutType"))); k {
	case sms.Stop, sms.Start, sms.Help:
		in.Handled = k
	}
	settings, err := a.Accounts.Settings(ctx, via.AccountID)
	if err != nil {
		return err
	}
	number, err := a.Desk.Number(ctx, via, in.To, settings.DefaultCountry)
	if err != nil {
		return err
	}
	if known, err := a.Accounts.KnowsText(ctx, number.ID, endpoints.Twilio, sid); err != nil || known {
		return err
	}
	if in.Files, err = a.media(ctx, via, form, &in.Text); err != nil {
		return err
	}
	return a.Desk.Take(ctx, in)
}

// media fetches the files of a text. One that is lost is told of in the text.
func (a *Adapter) media(ctx context.Context, via *endpoints.Endpoint, form url.Values, text *string) ([]endpoints.MessageFile, error) {
	n, _ := strconv.Atoi(form.Get("NumMedia"))
	var files []endpoints.MessageFile
	for i := range min(max(n, 0), maxMedia) {
		address := form.Get(fmt.Sprintf("MediaUrl%d", i))
		f, final, err := a.Fetcher.Fetch(ctx, via.AccountID, address, form.Get(fmt.Sprintf("MediaContentType%d", i)), func(r *http.Request) {
			if ours(r.URL, via.Texts.Twilio.BaseURL) {
				r.SetBasicAuth(via.Texts.Twilio.AccountSID, via.Texts.Secret)
			}
		})
		switch {
		case err == nil:
			files = append(files, f)
		case final:
			a.log().Warn("a file of a text is lost", zap.Error(err))
			*text = strings.TrimSpace(*text + "\n[a file of this message could not be fetched]")
		default:
			return nil, fmt.Errorf("a file of the text: %w", err)
		}
	}
	return files, nil
}

// ours tells whether an address is the API's, which may see the account's token.
func ours(u *url.URL, base string) bool {
	b, err := url.Parse(base)
	if err != nil || u.Scheme != b.Scheme {
		return false
	}
	return strings.EqualFold(u.Host, b.Host) || base == endpoints.DefaultTwilioURL && strings.HasSuffix(strings.ToLower(u.Hostname()), ".twilio.com")
}

// status notes what became of a text.
func (a *Adapter) status(ctx context.Context, via *endpoints.Endpoint, form url.Values) error {
	sid, state := form.Get("MessageSid"), endpoints.MessageState("")
	if !plain(sid) {
		return &endpoints.Invalid{Field: "MessageSid", Text: "is missing"}
	}
	why := ""
	switch form.Get("MessageStatus") {
	case "sent":
		state = endpoints.MessageSent
	case "delivered", "read":
		state = endpoints.MessageDelivered
	case "undelivered", "failed":
		state = endpoints.MessageFailed
		why = fmt.Sprintf("the carrier tells that it was not delivered (%.32s)", line(form.Get("ErrorCode")))
	default:
		return nil // on its way
	}
	settings, err := a.Accounts.Settings(ctx, via.AccountID)
	if err != nil {
		return err
	}
	number, err := a.Desk.Number(ctx, via, form.Get("From"), settings.DefaultCountry)
	if err != nil {
		return err
	}
	return a.Desk.Receipt(ctx, endpoints.Twilio, number.ID, sid, state, why)
}

func (a *Adapter) log() *zap.Logger {
	if a.Log == nil {
		return zap.NewNop()
	}
	return a.Log
}
