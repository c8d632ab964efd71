package hook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
)

const (
	maxBody  = 128 << 10
	maxMedia = 10
	takeTime = 60 * time.Second // with all files
)

// ServeHTTP takes texts and receipts.
func (a *Adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, what, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, Prefix), "/")
	switch {
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		say(w, http.StatusMethodNotAllowed, "POST is wanted")
		return
	case what != "" && what != "receipts":
		say(w, http.StatusNotFound, "there is no such path")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), takeTime)
	defer cancel()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		say(w, http.StatusRequestEntityTooLarge, "too long")
		return
	}
	via, code := a.known(ctx, r, id, body)
	if code != 0 {
		say(w, code, http.StatusText(code))
		return
	}
	replay := r.Header.Get("webhook-id") + " " + r.Header.Get("webhook-timestamp") + " " + id
	if !a.seen.begin(replay, time.Now()) {
		say(w, http.StatusConflict, "this very request was here before; sign each try anew")
		return
	}
	if what == "receipts" {
		err = a.receipt(ctx, via, body)
	} else {
		err = a.text(ctx, via, body)
	}
	if err != nil {
		a.seen.forget(replay) // it may come again
	}
	var invalid *endpoints.Invalid
	switch {
	case err == nil:
		say(w, http.StatusOK, "")
	case errors.Is(err, sms.ErrTooMany):
		w.Header().Set("Retry-After", "60")
		say(w, http.StatusTooManyRequests, "too many texts of one sender")
	case errors.As(err, &invalid):
		say(w, http.StatusBadRequest, invalid.Error())
	case sms.Final(err):
		say(w, http.StatusUnprocessableEntity, "no phone number of the account is meant")
	default:
		a.log().Error("a text can't be kept now; its sender was told to send it again", zap.String("endpoint", id), zap.Error(err))
		w.Header().Set("Retry-After", "30")
		say(w, http.StatusServiceUnavailable, "later")
	}
}

func say(w http.ResponseWriter, code int, why string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	answer := map[string]string{}
	if why != "" {
		answer["error"] = why
	}
	_ = json.NewEncoder(w).Encode(answer) // who has gone doesn't read it
}

// known proves that a request is of who has the secret, and of now. Whoever isn't known learns
// not why.
func (a *Adapter) known(ctx context.Context, r *http.Request, id string, body []byte) (*endpoints.Endpoint, int) {
	var e *endpoints.Endpoint
	if endpoints.ValidID(id) {
		var err error
		if e, err = a.Accounts.Endpoint(ctx, id); err != nil && !errors.Is(err, fs.ErrNotExist) {
			a.log().Error("an endpoint can't be read", zap.Error(err))
			return nil, http.StatusServiceUnavailable
		}
	}
	secret := ""
	if e != nil && e.Texts != nil && e.Texts.Carrier == endpoints.CarrierHTTP {
		secret = e.Texts.Secret
	}
	h := r.Header
	given, at := h.Get("webhook-id"), h.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(at, 10, 64)
	fresh := err == nil && time.Since(time.Unix(seconds, 0)).Abs() <= window
	if ok := signed(h.Get("webhook-signature"), secret, given, at, body); !ok || secret == "" || !fresh || !named(given) {
		return nil, http.StatusUnauthorized
	}
	return e, 0
}

// text takes a text, its files first.
func (a *Adapter) text(ctx context.Context, via *endpoints.Endpoint, body []byte) error {
	var t Text
	switch err := json.Unmarshal(body, &t); {
	case err != nil:
		return &endpoints.Invalid{Field: "body", Text: "is no JSON object of a text"}
	case !named(t.ID):
		return &endpoints.Invalid{Field: "id", Text: "is missing, or no id of up to 200 letters"}
	case t.From == "" || len(t.From) > 64:
		return &endpoints.Invalid{Field: "from", Text: "is missing, or too long"}
	case len(t.MediaURLs) > maxMedia:
		return &endpoints.Invalid{Field: "mediaUrls", Text: fmt.Sprintf("are %d; %d are allowed", len(t.MediaURLs), maxMedia)}
	case strings.TrimSpace(t.Text) == "" && len(t.MediaURLs) == 0:
		return &endpoints.Invalid{Field: "text", Text: "is missing"}
	case len(t.Text) > endpoints.MaxMessageText:
		return &endpoints.Invalid{Field: "text", Text: "is too long"}
	}
	settings, err := a.Accounts.Settings(ctx, via.AccountID)
	if err != nil {
		return err
	}
	number, err := a.Desk.Number(ctx, via, t.To, settings.DefaultCountry)
	if err != nil {
		return err
	}
	if known, err := a.Accounts.KnowsText(ctx, number.ID, endpoints.HTTPText, t.ID); err != nil || known {
		return err
	}
	in := sms.In{Channel: endpoints.HTTPText, Via: via, From: t.From, To: t.To, Text: t.Text, Key: t.ID}
	for _, address := range t.MediaURLs {
		f, final, err := a.Fetcher.Fetch(ctx, via.AccountID, address, "", nil)
		switch {
		case err == nil:
			in.Files = append(in.Files, f)
		case final:
			a.log().Warn("a file of a text is lost", zap.Error(err))
			in.Text = strings.TrimSpace(in.Text + "\n[a file of this message could not be fetched]")
		default:
			return fmt.Errorf("a file of the text: %w", err)
		}
	}
	return a.Desk.Take(ctx, in)
}

// receipt notes what became of a text that we sent.
func (a *Adapter) receipt(ctx context.Context, via *endpoints.Endpoint, body []byte) error {
	var r Receipt
	if err := json.Unmarshal(body, &r); err != nil || !named(r.ID) {
		return &endpoints.Invalid{Field: "id", Text: "is missing"}
	}
	state := map[string]endpoints.MessageState{"sent": endpoints.MessageSent, "delivered": endpoints.MessageDelivered, "failed": endpoints.MessageFailed}[strings.ToLower(r.State)]
	if state == "" {
		return &endpoints.Invalid{Field: "state", Text: fmt.Sprintf("%.32q is none; there are sent, delivered and failed", r.State)}
	}
	why := strings.Join(strings.Fields(r.Error), " ")
	if state == endpoints.MessageFailed && why == "" {
		why = "the carrier tells that it was not delivered"
	}
	of := via.ID
	if via.Number == "" { // a trunk's carrier has many numbers; its account's secret was proved
		of = ""
	}
	return a.Desk.Receipt(ctx, endpoints.HTTPText, of, r.ID, state, fmt.Sprintf("%.200s", why))
}
