package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"time"

	"ringflow/sip"
)

// lastAnswer is how long a phone that has written its last text waits for what is answered.
const lastAnswer = 3 * time.Second

// heard shows a text that came.
func heard(show *display) func(context.Context, *sip.Text) *sip.Status {
	return func(_ context.Context, t *sip.Text) *sip.Status {
		show.line("text from %s: %q", t.From.User, t.Body)
		return nil
	}
}

// write sends each line of in as a text (RFC 3428) to a number, until its end or ctx's.
func (p *softphone) write(ctx context.Context, in io.Reader, to, from string) error {
	lines := make(chan string)
	go func() { // a read of a terminal can't be stopped: it ends with the command
		defer close(lines)
		for s := bufio.NewScanner(in); s.Scan(); {
			select {
			case lines <- s.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case words, more := <-lines:
			if !more {
				select {
				case <-time.After(lastAnswer):
				case <-ctx.Done():
				}
				return nil
			}
			if words == "" {
				continue
			}
			o := sip.TextOut{Trunk: peer, To: "sip:" + escapeUser(to) + "@" + p.server.String(), From: sip.Party{User: from, Host: p.server.Addr().String()}, Body: words}
			p.show.line("text to %s: %q", to, words) // now: the answer may be here before ours is acknowledged
			if err := p.ua.Text(ctx, o); err != nil {
				return fmt.Errorf("the text %.40q to %s: %w", words, to, err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}
