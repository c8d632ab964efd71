package main

import (
	"bytes"
	"context"
	"io"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// What is typed at `ringflow phone --to` is texted, and what is answered is shown.
func TestPhoneWrites(t *testing.T) {
	h := startHouse(t)
	port := freePort(t)
	h.trunk("Carrier", M{"host": carrierHost, "port": port, "allowedIps": []string{carrierHost}})
	h.number(did, h.flow("Echo", node("s", "SayNode", M{"WhatToSay": text("You wrote: {{ Session.Body }}")})))
	var mu sync.Mutex
	var out bytes.Buffer
	show := newDisplay(writerFunc(func(b []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return out.Write(b)
	}))
	shown := func() string {
		mu.Lock()
		defer mu.Unlock()
		return out.String()
	}
	phone, err := newSoftphone(t.Context(), phoneOptions{Bind: netip.AddrPortFrom(netip.MustParseAddr(carrierHost), uint16(port)), Server: h.sip, Show: show, Text: heard(show)})
	if err != nil {
		t.Fatal(err)
	}
	defer phone.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	in, typed := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- phone.write(ctx, in, did, "+12025550143") }()
	if _, err := io.WriteString(typed, "hello\n"); err != nil {
		t.Fatal(err)
	}
	h.eventually("the answer is shown", func() bool { return strings.Contains(shown(), `text from `+did+`: "You wrote: hello"`) })
	typed.Close()
	before, _, _ := strings.Cut(shown(), "text from ")
	if err := <-done; err != nil || !strings.Contains(before, `text to `+did+`: "hello"`) {
		t.Errorf("%v: %s", err, shown())
	}
	if err := phone.write(ctx, strings.NewReader("hello\n"), "+13125550999", "+12025550143"); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a number that is nobody's: %v", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
