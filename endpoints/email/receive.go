package email

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"runtime/debug"
	"strings"
	"time"

	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-msgauth/authres"
	"go.uber.org/zap"

	"ringflow/endpoints"
)

// MaxBytes is how big a mail may be, unless it is set otherwise.
const MaxBytes = 25 << 20

// Receiver makes messages of mails, whichever way they come. Set the fields; it may be used
// by many at once.
type Receiver struct {
	Inbox    endpoints.Inbox
	Host     string      // our name, in what is told about senders; empty: the machine's
	Resolver Resolver    // nil: the system's
	Dir      string      // where mails are put while they are looked at; empty: the system's
	Bytes    int64       // most of one mail; 0: MaxBytes
	Log      *zap.Logger // nil: none

	answers pacer
}

func (r *Receiver) bytes() int64 {
	if r.Bytes > 0 {
		return r.Bytes
	}
	return MaxBytes
}

func (r *Receiver) log() *zap.Logger {
	if r.Log == nil {
		return zap.NewNop()
	}
	return r.Log
}

func (r *Receiver) host() string {
	if r.Host != "" {
		return r.Host
	}
	return helo()
}

// take makes a message of a mail for an endpoint, and returns nil once it is kept. What can
// never be taken is *endpoints.Invalid.
func (r *Receiver) take(ctx context.Context, s *spool, v *verdict, o origin, e *endpoints.Endpoint) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.log().Error("panic while a mail was read", zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
			err = &endpoints.Invalid{Field: "mail", Text: "can't be read"}
		}
	}()
	var files []endpoints.MessageFile
	p, err := readMail(s.reader(), func(name, kind string, body io.Reader) error {
		if t, _, err := mime.ParseMediaType(kind); err == nil {
			kind = t
		} else {
			kind = "application/octet-stream"
		}
		f, err := r.Inbox.Attach(ctx, e.AccountID, name, kind, body)
		if err == nil {
			files = append(files, f)
		}
		return err
	})
	if errors.Is(err, errMail) {
		return &endpoints.Invalid{Field: "mail", Text: err.Error()}
	}
	if err != nil {
		return err
	}
	if b := p.Bounce; b != nil && b.Failed && ownID(b.MessageID, e.EmailAddress) {
		if err := r.Inbox.Receipt(ctx, endpoints.Email, e.ID, b.MessageID, endpoints.MessageFailed, b.Why); err != nil {
			return err
		}
	}
	m, err := r.message(p, s, v, o, e)
	if err != nil {
		return err
	}
	m.Files = files
	return r.Inbox.Receive(ctx, m)
}

func (r *Receiver) message(p *parsed, s *spool, v *verdict, o origin, e *endpoints.Endpoint) (*endpoints.Message, error) {
	h := &p.Header
	from := sender(h)
	if from == "" && o.From != "" {
		from = endpoints.NormalEmail(o.From)
	}
	nobody := endpoints.CheckEmail("from", from) != nil
	if nobody {
		from = "mailer-daemon@" + domainOf(e.EmailAddress) // nobody can be answered; what it says is kept all the same
	}
	subject := headerText(h.Get("Subject"))
	route := endpoints.MailRoute{MessageID: trimID(h.Get("Message-Id")), References: references(h), Subject: cut(subject, 500), From: from, To: e.EmailAddress}
	if reply := people(h, "Reply-To"); len(reply) == 1 {
		if a := endpoints.NormalEmail(reply[0].Address); a != from && endpoints.CheckEmail("replyTo", a) == nil {
			route.ReplyTo = a
		}
	}
	raw, err := json.Marshal(route)
	if err != nil {
		return nil, err
	}
	m := &endpoints.Message{
		AccountID: e.AccountID, CustomerID: e.CustomerID, EndpointID: e.ID, Channel: endpoints.Email, Direction: endpoints.MessageIn,
		OtherAddress: from, OtherName: senderName(h), Destination: e.EmailAddress, Subject: subject, Text: newText(p.Text),
		Key: s.key(route.MessageID), Route: raw, Facts: r.facts(h, v, o), State: endpoints.MessageReceived, Unread: true, Date: time.Now().UTC(),
	}
	if m.Sender = m.OtherName; m.Sender == "" {
		m.Sender = from
	}
	why := automatic(h, o.From, o.Envelope, e.EmailAddress)
	if why == "" && nobody {
		why = "it doesn't say who wrote it"
	}
	if why == "" && !r.answers.allow(e.ID+" "+from) {
		why = "too many mails from there in an hour"
	}
	if m.Auto = why != ""; m.Auto {
		m.Facts["Automatic"] = why
	}
	return m, nil
}

// references are the ids of the thread before a mail, without its own.
func references(h *mail.Header) []string {
	var out []string
	for _, name := range []string{"References", "In-Reply-To"} {
		for _, f := range strings.Fields(strings.ReplaceAll(cut(h.Get(name), 16<<10), "><", "> <")) {
			id := trimID(f)
			if !strings.HasPrefix(f, "<") || id == "" || len(out) > 0 && out[len(out)-1] == id {
				continue
			}
			if name == "In-Reply-To" && len(out) > 0 { // the last of the references, as a rule
				break
			}
			out = append(out, id)
		}
	}
	if len(out) > maxReferences { // the first names the thread, the last ones where in it
		out = append(out[:1:1], out[len(out)-maxReferences+1:]...)
	}
	return out
}

const maxReferences = 20

func senderName(h *mail.Header) string {
	if all := people(h, "From"); len(all) > 0 {
		return cut(all[0].Name, 200)
	}
	return ""
}

// facts are what flows can ask for as headers.
func (r *Receiver) facts(h *mail.Header, v *verdict, o origin) map[string]string {
	sure := "no"
	if v.Sure {
		sure = "yes"
	}
	out := map[string]string{
		"Authentication-Results": authres.Format(r.host(), v.results), "DKIM": v.DKIM, "DKIM-Domain": v.DKIMDomain,
		"SPF": v.SPF, "SPF-Domain": v.SPFDomain, "DMARC": v.DMARC, "DMARC-Policy": v.DMARCPolicy, "Sender-Verified": sure, "Return-Path": o.From, "Helo": o.Helo,
	}
	if o.Addr.IsValid() {
		out["Remote-Address"] = o.Addr.Unmap().String()
	}
	for _, name := range []string{"Subject", "Message-Id", "Date", "To", "Cc", "Reply-To", "In-Reply-To"} {
		out[name] = headerText(h.Get(name))
	}
	for name, s := range out {
		if s = strings.Join(strings.Fields(strings.ToValidUTF8(cut(s, 1000), "")), " "); s == "" {
			delete(out, name)
		} else {
			out[name] = s
		}
	}
	return out
}

// look checks who sent a mail, once for all whom it is for.
func (r *Receiver) look(ctx context.Context, s *spool, o origin) (*verdict, error) {
	p, err := readMail(s.reader(), nil) // also: nothing is kept of a mail that can't be read to its end
	if err != nil {
		return nil, &endpoints.Invalid{Field: "mail", Text: err.Error()}
	}
	resolver := r.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	v := verify(ctx, s.reader(), resolver, o, sender(&p.Header))
	if writers(&p.Header) != 1 { // a signature is for one of them, and readers see another
		v.Sure = false
	}
	return &v, nil
}

// writers is how many a mail says it is from.
func writers(h *mail.Header) int {
	n := 0
	for f := h.FieldsByKey("From"); f.Next(); {
		n++
	}
	if all, err := h.AddressList("From"); err != nil || len(all) != 1 {
		n = 0
	}
	return n
}

// key is what makes a mail the same as one that came before: its Message-ID, or where it has
// none, what it says.
func (s *spool) key(messageID string) string {
	if messageID != "" {
		return messageID
	}
	sum := sha256.New()
	body := s.reader()
	if _, err := io.Copy(sum, withoutTrace(body)); err != nil {
		return ""
	}
	return "sha256:" + hex.EncodeToString(sum.Sum(nil))
}

// withoutTrace is a mail without the lines that servers put in front of it on its way: the same
// mail may come another way.
func withoutTrace(r io.Reader) io.Reader {
	head := make([]byte, maxMailHeader)
	n, _ := io.ReadFull(r, head)
	rest := io.MultiReader(bytes.NewReader(head[:n]), r)
	at := bytes.Index(head[:n], []byte("\r\n\r\n"))
	if at < 0 {
		return rest
	}
	var kept bytes.Buffer
	skip := false
	for line := range bytes.Lines(head[:at+2]) {
		if line[0] != ' ' && line[0] != '\t' {
			name, _, _ := bytes.Cut(line, []byte(":"))
			switch strings.ToLower(string(name)) {
			case "received", "return-path", "delivered-to", "x-original-to", "authentication-results", "x-spam-status", "received-spf":
				skip = true
			default:
				skip = false
			}
		}
		if !skip {
			kept.Write(line)
		}
	}
	return io.MultiReader(&kept, bytes.NewReader(head[at+2:n]), r)
}

// never tells whether a mail can never be taken.
func never(err error) bool {
	var bad *endpoints.Invalid
	return errors.As(err, &bad)
}

var errTooBig = fmt.Errorf("%w: it is too big", errMail)
