package bot

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"ringflow/endpoints"
	"ringflow/endpoints/service"
)

// teamsFile is what Teams says of a file: its address has the right to it in it.
const teamsFile = "application/vnd.microsoft.teams.file.download.info"

// attachments keeps the files of an activity. One that can't be had is told of in the facts, also where
// another try might get it: the framework makes none, and a message without its file is more than none.
func (a *Adapter) attachments(ctx context.Context, e *endpoints.Endpoint, m *endpoints.Message, act *Activity) error {
	var lost []string
	for _, at := range act.Attachments {
		if strings.HasPrefix(at.ContentType, "application/vnd.microsoft.card.") || at.ContentType == "text/html" && at.ContentURL == "" {
			continue // a card, and the text once more as Teams has it
		}
		if len(m.Files) == endpoints.MaxMessageFiles {
			lost = append(lost, "more files: too many")
			break
		}
		f, err := a.attachment(ctx, e, at)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			lost = append(lost, fmt.Sprintf("%.64q: %v", at.Name, err))
			continue
		}
		m.Files = append(m.Files, f)
	}
	if len(lost) > 0 {
		m.Facts["Attachment-Error"] = strings.Join(lost, "; ")
	}
	return nil
}

func (a *Adapter) attachment(ctx context.Context, e *endpoints.Endpoint, at Attachment) (endpoints.MessageFile, error) {
	f := service.File{URL: at.ContentURL, Name: at.Name, ContentType: at.ContentType}
	if at.ContentType == teamsFile {
		var info struct {
			URL string `json:"downloadUrl"`
		}
		if json.Unmarshal(at.Content, &info) != nil {
			return endpoints.MessageFile{}, &service.Lost{Err: errors.New("it has no address")}
		}
		f.URL, f.ContentType = info.URL, ""
	}
	if strings.HasSuffix(f.ContentType, "/*") { // Teams says image/* of a picture
		f.ContentType = ""
	}
	if strings.HasPrefix(f.URL, "data:") {
		return a.inline(ctx, e, f)
	}
	u, err := url.Parse(f.URL)
	if err != nil || u.User != nil || u.Host == "" {
		return endpoints.MessageFile{}, &service.Lost{Err: errors.New("it has no address that can be asked")}
	}
	at0 := *u
	at0.RawQuery, at0.Fragment = "", ""
	switch {
	case a.serves(at0.String()): // only the framework's own get a token
		if f.Token, err = a.token(ctx, e); err != nil {
			return endpoints.MessageFile{}, err
		}
	case u.Scheme != "https":
		return endpoints.MessageFile{}, &service.Lost{Err: errors.New("its address is not https")}
	}
	return service.Fetch(ctx, a.Transport, a.Inbox, e.AccountID, f)
}

// inline keeps a file that is in the message itself (RFC 2397).
func (a *Adapter) inline(ctx context.Context, e *endpoints.Endpoint, f service.File) (endpoints.MessageFile, error) {
	head, data, ok := strings.Cut(strings.TrimPrefix(f.URL, "data:"), ",")
	kind, coded := strings.CutSuffix(head, ";base64")
	if !ok || !coded {
		return endpoints.MessageFile{}, &service.Lost{Err: errors.New("what is in the message isn't base64")}
	}
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return endpoints.MessageFile{}, &service.Lost{Err: errors.New("what is in the message isn't base64")}
	}
	if f.ContentType == "" {
		f.ContentType = kind
	}
	return service.Keep(ctx, a.Inbox, e.AccountID, f.Name, f.ContentType, bytes.NewReader(raw))
}
