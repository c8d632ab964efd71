package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/endpoints/service"
)

// maxPost is the most letters of one activity: Teams takes 28 KB of UTF-16, with all that is around.
const maxPost = 10_000

// From implements outbox.Sender: each message says whose it is.
func (a *Adapter) From() string { return "" }

// AtOnce is how many messages may be on their way.
func (a *Adapter) AtOnce() int { return 8 }

// Send replies to what was written last in the conversation. A message of a web page is where
// it should be already: the page asks for it. Our id goes along as clientActivityID, by which clients know a repeated activity.
func (a *Adapter) Send(ctx context.Context, m *endpoints.Outbound) error {
	p, ok := m.Post()
	if !ok || len(m.To) != 1 {
		return refuse("it is no post to one address")
	}
	if strings.HasPrefix(m.To[0], pagePrefix) {
		return nil
	}
	e, err := a.Bots.Endpoint(ctx, p.EndpointID)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && (e.Kind != endpoints.SkypeBot || e.Bot == nil || e.Bot.AppID == ""):
		return refuse("the bot was deleted")
	case err != nil:
		return err
	}
	var to route
	if len(p.Route) == 0 || json.Unmarshal(p.Route, &to) != nil || to.Conversation == "" {
		return refuse("nobody has written to the bot from there, so it isn't known where it is")
	}
	if to.Conversation != m.To[0] && !strings.HasPrefix(m.To[0], to.Conversation+"/") {
		return refuse("the way is another conversation's")
	}
	if !a.serves(to.ServiceURL) {
		return refuse("the service is none of the Bot Framework's")
	}
	if err := a.patience.Check(e.ID); err != nil {
		return err
	}
	a.typing.end(e.ID+" "+to.Conversation, nil)
	remote, err := a.post(ctx, e, &to, &p)
	var partly *endpoints.Partly
	if err != nil && !errors.As(err, &partly) {
		return err
	}
	if remote != "" {
		if err := a.Inbox.Remote(ctx, p.MessageID, remote, 0); err != nil {
			a.log().Error("the service's name of a message can't be noted", zap.String("message", p.MessageID), zap.Error(err))
		}
	}
	return err
}

// post sends a text in as many activities as it needs, the files with the last.
func (a *Adapter) post(ctx context.Context, e *endpoints.Endpoint, to *route, p *endpoints.Post) (remote string, err error) {
	texts := service.Pieces(p.Text, maxPost)
	files, missing, err := a.outgoing(e, p.Files)
	if err != nil {
		return "", err
	}
	if to.Channel == teams {
		var links, kept []string
		if files, links, kept = picturesOnly(files); len(links) > 0 {
			if len(texts) == 0 {
				texts = []string{""}
			}
			last := &texts[len(texts)-1]
			*last = strings.TrimPrefix(*last+"\n"+strings.Join(links, "\n"), "\n")
		}
		missing = append(missing, kept...)
	}
	if len(texts) == 0 {
		if len(files) == 0 {
			return "", refuse("it has no text, and no file that can be sent")
		}
		texts = []string{""}
	}
	for i, text := range texts {
		act := &Activity{
			Type: "message", Text: text, TextFormat: "plain", From: to.Bot, Recipient: to.User, Conversation: &Conversation{ID: to.Conversation}, ReplyToID: to.Activity, InputHint: "acceptingInput",
		}
		id := p.MessageID
		if i > 0 {
			id = fmt.Sprintf("%s.%d", id, i)
		}
		if act.ChannelData, err = json.Marshal(map[string]string{"clientActivityID": id}); err != nil {
			return "", err
		}
		if i == len(texts)-1 {
			act.Attachments = files
		}
		name, err := a.reply(ctx, e, to, act)
		if err != nil {
			return "", err
		}
		if remote == "" {
			remote = name
		}
	}
	if len(missing) > 0 {
		return remote, &endpoints.Partly{Err: fmt.Errorf("without %s: http.publicUrl isn't set, so only small files can go", strings.Join(missing, ", "))}
	}
	return remote, nil
}

// teams is the channel of Microsoft Teams, which takes pictures as attachments of a bot, and refuses
// the whole message for any other file: those it shows as links in the text.
const teams = "msteams"

func picturesOnly(files []Attachment) (pictures []Attachment, links, missing []string) {
	for _, f := range files {
		switch {
		case strings.HasPrefix(f.ContentType, "image/"):
			pictures = append(pictures, f)
		case strings.HasPrefix(f.ContentURL, "data:"):
			missing = append(missing, fmt.Sprintf("%.64q", f.Name))
		default:
			links = append(links, f.Name+": "+f.ContentURL)
		}
	}
	return pictures, links, missing
}

// reply posts one activity, once more with a new token where the old one isn't wanted any more.
func (a *Adapter) reply(ctx context.Context, e *endpoints.Endpoint, to *route, act *Activity) (remote string, err error) {
	body, err := json.Marshal(act)
	if err != nil {
		return "", refuse("%w", err)
	}
	address := strings.TrimSuffix(to.ServiceURL, "/") + "/v3/conversations/" + url.PathEscape(to.Conversation) + "/activities"
	if to.Activity != "" {
		address += "/" + url.PathEscape(to.Activity)
	}
	for again := false; ; again = true {
		remote, code, err := a.call(ctx, e, address, body)
		if code == http.StatusUnauthorized && !again {
			a.tokens.forget(e.ID)
			continue
		}
		return remote, err
	}
}

func (a *Adapter) call(ctx context.Context, e *endpoints.Endpoint, address string, body []byte) (remote string, code int, err error) {
	token, err := a.token(ctx, e)
	if err != nil {
		return "", 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return "", 0, refuse("the service's address can't be read")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := a.http().Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return "", 0, fmt.Errorf("%s: %w", req.URL.Host, err)
	}
	defer resp.Body.Close()
	var out struct {
		ID    string `json:"id"`
		Error struct{ Code, Message string }
	}
	_ = json.NewDecoder(resp.Body).Decode(&out) // some services answer nothing
	why := fmt.Errorf("%s answered %d %.64s %.200s", req.URL.Host, resp.StatusCode, out.Error.Code, out.Error.Message)
	switch code = resp.StatusCode; {
	case code/100 == 2:
		return out.ID, code, nil
	case code == http.StatusTooManyRequests:
		return "", code, a.patience.Ask(e.ID, service.RetryAfter(resp.Header))
	case code == http.StatusUnauthorized, code == http.StatusRequestTimeout, code == http.StatusConflict, code == http.StatusPreconditionFailed, code/100 != 4:
		return "", code, why // the framework wants 412 and 5xx tried again
	}
	return "", code, &endpoints.Refused{Err: why}
}

func refuse(format string, args ...any) error {
	return &endpoints.Refused{Err: fmt.Errorf(format, args...)}
}
