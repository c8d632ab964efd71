package slack_test

import (
	"errors"
	"testing"
	"time"

	"ringflow/endpoints/slack/slacktest"
)

const soon = 40 * time.Second

func (h *house) connection() *slacktest.Socket {
	h.t.Helper()
	c, err := h.slack.Connection(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

func (h *house) say(c *slacktest.Socket, envelope string, e slacktest.Event) {
	h.t.Helper()
	if err := c.Tell(h.t.Context(), envelope, 0, e.Body("Ev-"+envelope)); err != nil {
		h.t.Fatal(err)
	}
}

func TestSocketMode(t *testing.T) {
	h := newHouse(t)
	h.bot.Bot.AppToken, h.bot.Bot.SigningSecret = slacktest.AppToken, ""
	h.Start(t.Context())
	c := h.connection()
	h.say(c, "e1", slacktest.Said("U1", "D1", "", "1700000001.000100", "hello"))
	if id := c.Ack(soon); id != "e1" {
		t.Fatalf("%q was acknowledged", id)
	}
	if m := h.last(1); m.Text != "hello" {
		t.Errorf("%+v", m)
	}
	// What isn't kept is not acknowledged; the next one is.
	h.inbox.Set(func() error { return errors.New("the disk is full") })
	h.say(c, "e2", slacktest.Said("U1", "D1", "", "1700000002.000100", "two"))
	if err := c.Send(t.Context(), `{"type":"slash_commands","envelope_id":"e3","payload":{}}`); err != nil {
		t.Fatal(err)
	}
	if id := c.Ack(soon); id != "e3" {
		t.Fatalf("%q was acknowledged", id)
	}
	h.inbox.Set(nil)
	h.say(c, "e4", slacktest.Said("U1", "D1", "", "1700000002.000100", "two"))
	if id := c.Ack(soon); id != "e4" {
		t.Fatalf("%q was acknowledged", id)
	}
	h.last(2)
	// Slack moves the connection, and then it breaks.
	if err := c.Send(t.Context(), `{"type":"disconnect","reason":"refresh_requested"}`); err != nil {
		t.Fatal(err)
	}
	c2 := h.connection()
	c2.Close()
	c3 := h.connection()
	h.say(c3, "e5", slacktest.Said("U1", "D1", "", "1700000003.000100", "three"))
	if id := c3.Ack(soon); id != "e5" {
		t.Fatalf("%q was acknowledged", id)
	}
	h.last(3)
}

// A bot that gets a token is connected, one that loses it is not any more, without a restart.
func TestSocketModeLive(t *testing.T) {
	h := newHouse(t)
	h.Start(t.Context())
	with := *h.bot
	b := *h.bot.Bot
	b.AppToken = slacktest.AppToken
	with.Bot = &b
	h.bots.Put(&with)
	h.Wake()
	c := h.connection()
	h.bots.Put(h.bot)
	h.Wake()
	select {
	case <-c.Closed():
	case <-time.After(soon):
		t.Error("the connection stays")
	}
	if n := h.slack.Calls("apps.connections.open"); n != 1 {
		t.Errorf("%d connections", n)
	}
}
