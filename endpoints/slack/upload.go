package slack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/slack-go/slack"

	"ringflow/endpoints"
)

// upload sends files, each to the address that Slack names for it, and then shows all of
// them at once with the comment: what goes wrong before shows nothing, so another try shows nothing twice.
func (a *Adapter) upload(ctx context.Context, c *slack.Client, to place, comment string, files []endpoints.MessageFile) (string, error) {
	channel := to.Channel
	if to.User != "" && channel == to.User { // files go to a channel, not to a person
		opened, _, _, err := c.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{to.User}})
		if err != nil {
			return "", err
		}
		channel = opened.ID
	}
	var sent []slack.FileSummary
	for _, f := range files {
		id, err := a.uploadOne(ctx, c, f)
		if err != nil {
			return "", err
		}
		sent = append(sent, slack.FileSummary{ID: id, Title: f.Name})
	}
	_, err := c.CompleteUploadExternalContext(ctx, slack.CompleteUploadExternalParameters{Files: sent, Channel: channel, ThreadTimestamp: to.Thread, InitialComment: escape(comment)})
	if err != nil {
		return "", err
	}
	return channel + ":" + sent[0].ID, nil
}

func (a *Adapter) uploadOne(ctx context.Context, c *slack.Client, f endpoints.MessageFile) (string, error) {
	body, size, err := a.Blobs.Open(f.FileID)
	if errors.Is(err, fs.ErrNotExist) {
		return "", refuse("file %.64q isn't there any more", f.Name)
	}
	if err != nil {
		return "", err
	}
	defer body.Close()
	name := f.Name
	if name == "" {
		name = "file"
	}
	if size == 0 {
		return "", refuse("file %.64q is empty", name)
	}
	at, err := c.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{FileName: name, FileSize: int(size)})
	if err != nil {
		return "", err
	}
	if err := c.UploadToURL(ctx, slack.UploadToURLParameters{UploadURL: at.UploadURL, Reader: struct{ io.Reader }{body}, Filename: name}); err != nil {
		return "", fmt.Errorf("file %.64q: %w", name, err)
	}
	return at.FileID, nil
}
