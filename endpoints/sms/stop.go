package sms

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"ringflow/endpoints"
)

// Keyword is a text that is meant for whoever runs the number, not for its flow.
type Keyword string

const (
	Stop  Keyword = "STOP"
	Start Keyword = "START"
	Help  Keyword = "HELP"
)

// keywords are those that carriers ask all who text to obey.
var keywords = map[string]Keyword{
	"STOP": Stop, "STOPALL": Stop, "UNSUBSCRIBE": Stop, "CANCEL": Stop, "END": Stop, "QUIT": Stop,
	"START": Start, "YES": Start, "UNSTOP": Start,
	"HELP": Help, "INFO": Help,
	"ARRET": Stop, "ARRÊT": Stop, "AIDE": Help, // French, as Canada's carriers ask
}

// KeywordOf is the keyword that a text is; empty: none. It is one if nothing
// else stands in the text but marks and blanks.
func KeywordOf(text string) Keyword {
	if len(text) > 64 {
		return ""
	}
	return keywords[strings.ToUpper(strings.TrimFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }))]
}

// keyword is what the text means here: START, and YES above all, is meant for the
// flow as long as its sender has not opted out.
func (d *Desk) keyword(ctx context.Context, number *endpoints.Endpoint, from, text string) (Keyword, error) {
	word := KeywordOf(text)
	if word != Start {
		return word, nil
	}
	stopped, err := d.Store.TextsStopped(ctx, number.ID, from)
	if err != nil || !stopped {
		return "", err
	}
	return Start, nil
}

// obey notes what the keyword says, keeps its message, and answers, unless the carrier did.
// Each step may be done again, the message is kept last: once it is, the same one means nothing any
// more, however late somebody repeats it.
func (d *Desk) obey(ctx context.Context, number *endpoints.Endpoint, m *endpoints.Message, word Keyword, answered bool) error {
	if m.Key != "" {
		known, err := d.Store.KnowsText(ctx, number.ID, m.Channel, m.Key)
		if known && err == nil { // its files came a second time, too
			d.detach(ctx, m.Files)
		}
		if err != nil || known {
			return err
		}
	}
	text := ""
	switch word {
	case Stop:
		if _, err := d.Store.StopTexts(ctx, endpoints.TextStop{AccountID: number.AccountID, EndpointID: number.ID, Address: m.OtherAddress, Word: m.Text, Date: m.Date}); err != nil {
			return err
		}
		text = "You get no more messages from this number. Reply START to get them again."
	case Start:
		text = "You get messages from this number again. Reply STOP to end them."
	case Help:
		settings, err := d.Store.Settings(ctx, number.AccountID)
		if err != nil {
			return err
		}
		if text = settings.TextHelp; text == "" {
			a, err := d.Store.Account(ctx, number.AccountID)
			if err != nil {
				return err
			}
			text = a.Name + ": reply STOP to get no more messages from this number."
		}
	}
	if !answered {
		key := ""
		if m.Key != "" {
			key = "keyword/" + m.Key
		}
		if err := d.notice(ctx, number, m, text, key); err != nil {
			return err
		}
	}
	if word == Start {
		if _, err := d.Store.StartTexts(ctx, number.ID, m.OtherAddress); err != nil {
			return err
		}
	}
	return d.Inbox.Receive(ctx, m)
}

// notice answers m in our own name.
func (d *Desk) notice(ctx context.Context, number *endpoints.Endpoint, m *endpoints.Message, text, key string) error {
	route := endpoints.ParseTextRoute(m.Route)
	route.Notice = true
	n := &endpoints.Message{
		Entity: endpoints.Entity{ID: endpoints.NewID(), CreatedBy: "system"}, AccountID: number.AccountID, CustomerID: number.CustomerID, EndpointID: number.ID,
		Channel: m.Channel, Direction: endpoints.MessageOut, OtherAddress: m.OtherAddress, Sender: number.DisplayName, Text: text, Key: key, Route: route.JSON(), Auto: true,
	}
	n.Segments, _ = Segments(text)
	body, err := json.Marshal(endpoints.Post{MessageID: n.ID, EndpointID: number.ID, Text: text, Route: n.Route})
	if err != nil {
		return err
	}
	if _, err := d.Store.PutMessage(ctx, n, &endpoints.Outbound{AccountID: number.AccountID, Channel: m.Channel, From: number.Number, To: []string{m.OtherAddress}, Body: body}); err != nil {
		return fmt.Errorf("answer %s: %w", m.OtherAddress, err)
	}
	return nil
}
