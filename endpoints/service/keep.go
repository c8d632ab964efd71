package service

import (
	"context"
	"errors"
	"io"
	"mime"
	"path"
	"strings"

	"ringflow/endpoints"
)

// Keep attaches a file, under a name that is one. What the inbox can never take is *Lost.
func Keep(ctx context.Context, in endpoints.Inbox, accountID, name, contentType string, r io.Reader) (endpoints.MessageFile, error) {
	if _, _, err := mime.ParseMediaType(contentType); err != nil {
		contentType = "application/octet-stream"
	}
	file, err := in.Attach(ctx, accountID, fileName(name), contentType, r)
	var invalid *endpoints.Invalid
	if errors.As(err, &invalid) || errors.Is(err, ErrTooLong) {
		err = &Lost{err}
	}
	return file, err
}

// maxName is the longest name of a file, in bytes.
const maxName = 120

// fileName is the last part of a name that a stranger gave, of letters that any system takes.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`"<>|:*?/`, r) || r == '\u2028' || r == '\u2029' || r >= '\u202a' && r <= '\u202e' {
			return '_'
		}
		return r
	}, name)
	if name = strings.Trim(name, ". "); name == "" {
		return "file"
	}
	if len(name) > maxName { // its end tells what it is
		ext := path.Ext(name)
		if len(ext) > 10 {
			ext = ""
		}
		name = strings.ToValidUTF8(name[:maxName-len(ext)], "") + ext
	}
	return name
}
