package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"ringflow/sip"
)

// texter is a phone, or a carrier, that writes and takes texts by SIP MESSAGE.
type texter struct {
	h    *house
	ua   *sip.UA
	name string // whose phone it is; empty: the carrier's

	mu  sync.Mutex
	got []*sip.Text
}

// newTexter is the carrier at host:port, or with an account its user's registered phone.
func (h *house) newTexter(t *testing.T, host string, port int, u phoneAccount) *texter {
	t.Helper()
	x := &texter{h: h, name: u.SipUserName}
	x.ua = &sip.UA{
		Handler:   func(context.Context, *sip.Invite) error { return &sip.Status{Code: 480} },
		OnText:    x.take,
		Directory: onlyServer(h.sip.Addr()), Realm: "phone", Log: zap.NewNop(),
	}
	t.Cleanup(func() { x.ua.Close() })
	if _, err := x.ua.Listen(t.Context(), "udp://"+net.JoinHostPort(host, strconv.Itoa(port))); err != nil {
		t.Fatal(err)
	}
	x.ua.SetTrunks([]sip.OutTrunk{{
		ID: peer, Name: peer, Host: h.sip.Addr().String(), Port: int(h.sip.Port()), Transport: "udp", UserName: u.SipUserName, Password: u.SipPassword, Register: u.SipUserName != "",
	}})
	if u.SipUserName != "" {
		h.eventually("the phone of "+u.SipUserName+" is registered", func() bool { st, _ := x.ua.TrunkState(peer); return st.Registered })
	}
	return x
}

func (x *texter) take(_ context.Context, m *sip.Text) *sip.Status {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.got = append(x.got, m)
	return nil
}

// try sends a text; 200 is that the server took it.
func (x *texter) try(from, to, words string) int {
	x.h.t.Helper()
	if x.name != "" {
		from = x.name
	}
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	err := x.ua.Text(ctx, sip.TextOut{Trunk: peer, To: "sip:" + escapeUser(to) + "@" + x.h.sip.String(), From: sip.Party{User: from, Host: x.h.sip.Addr().String()}, Body: words})
	var st *sip.Status
	switch {
	case err == nil:
		return 200
	case errors.As(err, &st):
		return st.Code
	}
	x.h.t.Fatalf("the text %q: %v", words, err)
	return 0
}

// write sends a text that must be taken.
func (x *texter) write(from, to, words string, _ ...string) {
	x.h.t.Helper()
	if code := x.try(from, to, words); code != 200 {
		x.h.t.Fatalf("the text %q is answered by %d", words, code)
	}
}

// texts are those that came, as "from to: words".
func (x *texter) texts() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	var all []string
	for _, m := range x.got {
		all = append(all, fmt.Sprintf("%s %s: %s", m.From.User, m.RequestURI.User, m.Body))
	}
	return all
}
