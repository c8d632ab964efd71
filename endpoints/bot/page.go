package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ringflow/endpoints"
	"ringflow/endpoints/service"
)

// say takes what a page posts. What isn't a message (typing, events) is heard, and nothing comes of it.
func (a *Adapter) say(v *visit) {
	var act Activity
	if !v.within(&a.rates, "say", v.r.PathValue("conversation"), sayRate) || !v.body(&act) {
		return
	}
	a.take(v, &act, func(ctx context.Context, m *endpoints.Message) error {
		for _, at := range act.Attachments {
			if !strings.HasPrefix(at.ContentURL, "data:") { // nobody lets this server fetch what he likes
				return &endpoints.Invalid{Field: "attachments", Text: "must be in the message (data:) or be uploaded"}
			}
		}
		return a.attachments(ctx, v.e, m, &act)
	})
}

// take keeps a message of a page, and answers with its id.
func (a *Adapter) take(v *visit, act *Activity, files func(context.Context, *endpoints.Message) error) {
	if act.Type != "message" {
		v.answer(http.StatusOK, map[string]string{"id": endpoints.NewID()})
		return
	}
	user := Party{}
	if act.From != nil {
		user = *act.From
	}
	if t := v.token; t != nil && t.User != "" {
		if user.ID != "" && user.ID != t.User {
			v.fail(http.StatusForbidden, "BadArgument", "the token is another user's")
			return
		}
		user = Party{ID: t.User, Name: t.Name}
	}
	if len(user.ID) > maxUser || len(user.Name) > maxUser {
		v.fail(http.StatusBadRequest, "BadArgument", "the user's id or name is too long")
		return
	}
	conversation, client := v.r.PathValue("conversation"), act.clientActivityID()
	if len(client) > maxUser {
		client = ""
	}
	way, err := json.Marshal(route{Conversation: conversation, User: &user, Channel: "directline", DirectLine: true, Client: client})
	if err != nil {
		a.broken(v, err)
		return
	}
	m := &endpoints.Message{
		AccountID: v.e.AccountID, CustomerID: v.e.CustomerID, EndpointID: v.e.ID, Channel: endpoints.BotFramework, Direction: endpoints.MessageIn, State: endpoints.MessageReceived,
		OtherAddress: pagePrefix + conversation, OtherName: user.Name, Sender: user.Name, Destination: v.e.DisplayName, Text: plain(act), Route: way, Date: time.Now().UTC(), Unread: true,
		Facts: map[string]string{"Bot-Channel": "directline", "Bot-User": user.ID, "Bot-Conversation": conversation},
	}
	if m.Sender == "" {
		m.Sender = "Visitor"
	}
	if client != "" { // a page that isn't sure sends it again
		m.Key = conversation + "|" + client
	}
	if err := files(v.r.Context(), m); err != nil {
		a.notTaken(v, err)
		return
	}
	if m.Text == "" && len(m.Files) == 0 {
		v.fail(http.StatusBadRequest, "MissingProperty", "the message is empty")
		return
	}
	if err := a.Inbox.Receive(v.r.Context(), m); err != nil {
		a.notTaken(v, err)
		return
	}
	v.answer(http.StatusOK, map[string]string{"id": m.ID})
}

func (a *Adapter) notTaken(v *visit, err error) {
	var long *http.MaxBytesError
	var lost *service.Lost
	switch {
	case errors.As(err, &long):
		v.fail(http.StatusRequestEntityTooLarge, "MessageSizeTooBig", "the request is too long")
	case errors.As(err, &lost):
		v.fail(http.StatusBadRequest, "BadArgument", "a file can't be taken: "+lost.Error())
	default:
		a.broken(v, err)
	}
}

// upload takes a message with files, each a part of the request.
func (a *Adapter) upload(v *visit) {
	if !v.within(&a.rates, "say", v.r.PathValue("conversation"), sayRate) {
		return
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, endpoints.MaxFileBytes+maxBody)
	_ = http.NewResponseController(v.w).SetReadDeadline(time.Now().Add(transferTime)) // else the server's own counts
	parts, err := v.r.MultipartReader()
	if err != nil {
		v.fail(http.StatusBadRequest, "MalformedData", "it is no multipart/form-data")
		return
	}
	act := Activity{Type: "message", From: &Party{ID: v.r.URL.Query().Get("userId")}}
	var all []endpoints.MessageFile
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			a.notTaken(v, badPart(err))
			return
		}
		kind := p.Header.Get("Content-Type")
		if t, _, _ := mime.ParseMediaType(kind); t == "application/vnd.microsoft.activity" {
			raw, err := io.ReadAll(io.LimitReader(p, maxBody))
			if err != nil || json.NewDecoder(bytes.NewReader(raw)).Decode(&act) != nil {
				v.fail(http.StatusBadRequest, "MalformedData", "the activity can't be read")
				return
			}
			continue
		}
		if len(all) == endpoints.MaxMessageFiles {
			v.fail(http.StatusBadRequest, "BadArgument", fmt.Sprintf("%d files are allowed", endpoints.MaxMessageFiles))
			return
		}
		f, err := service.Keep(v.r.Context(), a.Inbox, v.e.AccountID, p.FileName(), kind, p)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = badPart(err)
		}
		if err != nil {
			a.notTaken(v, err)
			return
		}
		all = append(all, f)
	}
	act.Attachments = nil
	a.take(v, &act, func(_ context.Context, m *endpoints.Message) error {
		m.Files = all
		return nil
	})
}

// badPart tells what is wrong with the request from what is wrong with us.
func badPart(err error) error {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return err
	}
	return &endpoints.Invalid{Field: "body", Text: "can't be read to its end"}
}

// said answers with what was said after the watermark, by either side.
func (a *Adapter) said(v *visit) {
	conversation := v.r.PathValue("conversation")
	if !v.within(&a.rates, "ask", conversation, askRate) {
		return
	}
	var after int64
	if w := v.r.URL.Query().Get("watermark"); w != "" {
		var err error
		if after, err = strconv.ParseInt(w, 10, 64); err != nil || after < 0 {
			v.fail(http.StatusBadRequest, "BadArgument", "the watermark isn't one")
			return
		}
	}
	all, last, err := a.Chats.MessagesAfter(v.r.Context(), v.e.ID, pagePrefix+conversation, after, maxPage)
	if err != nil {
		a.broken(v, err)
		return
	}
	out := make([]Activity, len(all))
	for i, m := range all {
		out[i] = a.shown(v.e, conversation, m)
	}
	v.answer(http.StatusOK, map[string]any{"activities": out, "watermark": strconv.FormatInt(last, 10)})
}

// shown is a message as a page has it.
func (a *Adapter) shown(e *endpoints.Endpoint, conversation string, m *endpoints.Message) Activity {
	act := Activity{
		Type: "message", ID: m.ID, Timestamp: stamp(m.Date), ChannelID: "directline", Conversation: &Conversation{ID: conversation}, Text: m.Text, TextFormat: "plain",
		From: &Party{ID: e.ID, Name: e.DisplayName, Role: "bot"},
	}
	var way route
	if m.Direction == endpoints.MessageIn && json.Unmarshal(m.Route, &way) == nil {
		act.From = &Party{Role: "user"}
		if way.User != nil {
			act.From.ID, act.From.Name = way.User.ID, way.User.Name
		}
		if way.Client != "" {
			act.ChannelData, _ = json.Marshal(map[string]string{"clientActivityID": way.Client}) // a string can be marshalled
		}
	}
	for _, f := range m.Files {
		act.Attachments = append(act.Attachments, Attachment{
			ContentType: contentType(f.ContentType), Name: f.Name, ContentURL: strings.TrimSuffix(a.PublicURL, "/") + a.link(e, f, "/directline/"+e.ID),
		})
	}
	return act
}
