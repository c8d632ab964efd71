package email

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"path"
	"strings"
	"unicode"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // what mails are written in beside UTF-8
	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-message/textproto"

	"ringflow/endpoints"
)

// What one mail may have. Nothing is ever unpacked: what is in an archive is the
// business of who opens it.
const (
	maxMailHeader = 256 << 10
	maxDepth      = 12  // parts within parts
	maxParts      = 200 // in all
	maxPartText   = 256 << 10
	maxFileName   = 120 // bytes
)

// errMail is wrapped by what tells that a mail can never be taken.
var errMail = errors.New("the mail can't be read")

// parsed is a mail taken apart.
type parsed struct {
	Header mail.Header
	Text   string // what its writer wrote, with all that is quoted
	Bounce *bounce
}

// attach takes a file that came with a mail.
type attach func(name, contentType string, r io.Reader) error

// readMail takes a mail apart, and hands its files to attach one after the other; nil: they
// are passed over. Files beyond endpoints.MaxMessageFiles are passed over, too.
func readMail(r io.Reader, take attach) (*parsed, error) {
	limited := &io.LimitedReader{R: withoutRubbish(r), N: maxMailHeader}
	in := bufio.NewReader(limited)
	h, err := textproto.ReadHeader(in)
	switch {
	case limited.N == 0:
		return nil, fmt.Errorf("%w: its header: it has more than %d bytes", errMail, maxMailHeader)
	case err != nil && (!errors.Is(err, io.EOF) || h.Len() == 0): // one that ends with its header is a mail
		return nil, fmt.Errorf("%w: its header: %w", errMail, err)
	}
	limited.N = math.MaxInt64
	header := message.Header{Header: h}
	p := &parser{take: take}
	t, err := p.entity(header, in, 0)
	if err != nil {
		return nil, err
	}
	return &parsed{Header: mail.Header{Header: header}, Text: t.text, Bounce: p.bounce}, nil
}

type parser struct {
	take   attach
	parts  int
	files  int
	bounce *bounce
}

// words are the text of an entity; plain: its writer's program made it text.
type words struct {
	text  string
	plain bool
}

func (p *parser) entity(h message.Header, raw io.Reader, depth int) (words, error) {
	if p.parts++; p.parts > maxParts || depth > maxDepth {
		return words{}, fmt.Errorf("%w: it has more than %d parts, or more than %d in each other", errMail, maxParts, maxDepth)
	}
	kind, params := contentType(h)
	if strings.HasPrefix(kind, "multipart/") { // which is never encoded, whatever its header says (RFC 2045 6.4)
		return p.multipart(textproto.NewMultipartReader(raw, params["boundary"]), kind, depth)
	}
	body := decoded(h.Get("Content-Transfer-Encoding"), raw)
	disposition, place := withParams(h.Get("Content-Disposition"))
	name := fileName(place["filename"], params["name"])
	text := (kind == "text/plain" || kind == "text/html") && disposition != "attachment" && (name == "" || disposition == "inline")
	switch {
	case text && kind == "text/html":
		s, err := readText(body, params["charset"])
		return words{text: htmlText(s)}, err
	case text:
		s, err := readText(body, params["charset"])
		if strings.EqualFold(params["format"], "flowed") {
			s = unflow(s, strings.EqualFold(params["delsp"], "yes"))
		}
		return words{s, true}, err
	case kind == "message/delivery-status" && p.bounce == nil:
		p.bounce = readStatus(body)
		return words{}, nil
	case p.bounce != nil && (kind == "message/rfc822" || kind == "text/rfc822-headers" || kind == "message/rfc822-headers"):
		p.bounce.MessageID = readMessageID(body)
		return words{}, nil
	case kind == "application/pgp-signature" || kind == "application/pkcs7-signature" || kind == "application/x-pkcs7-signature":
		return words{}, nil // says nothing to anybody here
	case kind == "application/pkcs7-mime" || kind == "application/x-pkcs7-mime":
		var within *wrapped
		if within, body = readSigned(body); within != nil {
			return p.entity(within.header, within.body, depth+1)
		}
	}
	return words{}, p.file(name, kind, body)
}

// multipart is the text of several parts: of an alternative the one that needs no
// guessing, of all others each.
func (p *parser) multipart(parts *textproto.MultipartReader, kind string, depth int) (words, error) {
	var all []words
	for {
		part, err := parts.NextPart()
		if err != nil {
			break // the end; one that comes too early, or makes no sense, is what it is
		}
		w, err := p.entity(message.Header{Header: part.Header}, part, depth+1)
		if err != nil {
			return words{}, err
		}
		if strings.TrimSpace(w.text) != "" {
			all = append(all, w)
		}
	}
	if len(all) == 0 {
		return words{}, nil
	}
	if kind == "multipart/alternative" {
		best := all[0]
		for _, w := range all {
			if w.plain {
				return w, nil
			}
			best = w
		}
		return best, nil
	}
	out := words{plain: true}
	for i, w := range all {
		if out.plain = out.plain && w.plain; i > 0 {
			out.text += "\n"
		}
		if out.text += w.text; len(out.text) > 2*maxPartText {
			break
		}
	}
	return out, nil
}

// file hands one on.
func (p *parser) file(name, kind string, body io.Reader) error {
	if p.files++; p.take == nil || p.files > endpoints.MaxMessageFiles {
		return nil
	}
	if name == "" {
		name = fmt.Sprintf("attachment-%d%s", p.files, extension(kind))
	}
	r := bufio.NewReader(&forgiving{r: body})
	if _, err := r.Peek(1); errors.Is(err, io.EOF) {
		return nil // nothing is in it
	}
	return p.take(name, kind, r)
}

// forgiving ends where the encoding breaks: half a picture tells more than none. A mail that
// is cut off by its sender never comes so far.
type forgiving struct{ r io.Reader }

func (f *forgiving) Read(b []byte) (int, error) {
	n, err := f.r.Read(b)
	if err != nil {
		err = io.EOF
	}
	return n, err
}

func readText(r io.Reader, charset string) (string, error) {
	var b bytes.Buffer
	_, err := io.Copy(&b, io.LimitReader(&forgiving{r}, maxPartText))
	s := strings.TrimPrefix(utf8Text(inCharset(b.Bytes(), charset), charset), "\uFEFF")
	return strings.ReplaceAll(s, "\r\n", "\n"), err
}

// fileName is the name that the sender gave to a file, as the first who tells one has it, without what would lead elsewhere.
func fileName(all ...string) string {
	name := cmp.Or(all...)
	name = strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, name), "")
	if name = strings.TrimSpace(path.Base(strings.ReplaceAll(name, `\`, "/"))); name == "." || name == ".." || name == "/" {
		return ""
	}
	if len(name) > maxFileName {
		ext := path.Ext(name)
		if len(ext) > 12 {
			ext = ""
		}
		name = strings.ToValidUTF8(name[:maxFileName-len(ext)], "") + ext
	}
	return name
}

// extension is the usual one of a content type.
func extension(kind string) string {
	switch kind {
	case "message/rfc822":
		return ".eml"
	case "text/calendar":
		return ".ics"
	case "image/jpeg":
		return ".jpg"
	case "text/plain":
		return ".txt"
	}
	if all, err := mime.ExtensionsByType(kind); err == nil && len(all) > 0 {
		return all[0]
	}
	return ".bin"
}
