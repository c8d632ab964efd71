package sip

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// wireEnd is a far end on a stream, word for word.
type wireEnd struct {
	t *testing.T
	c net.Conn
	r *bufio.Reader
}

func newWireEnd(t *testing.T, c net.Conn) *wireEnd {
	c.SetDeadline(time.Now().Add(40 * time.Second))
	t.Cleanup(func() { c.Close() })
	return &wireEnd{t, c, bufio.NewReader(c)}
}

// next is the next message on the stream.
func (w *wireEnd) next() msgOf {
	w.t.Helper()
	var head strings.Builder
	length := 0
	for {
		line, err := w.r.ReadString('\n')
		if err != nil {
			w.t.Fatalf("%v after %q", err, head.String())
		}
		head.WriteString(line)
		if v, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			length, _ = strconv.Atoi(strings.TrimSpace(v))
		}
		if line == "\r\n" && head.Len() > 2 {
			break
		}
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(w.r, body); err != nil {
		w.t.Fatal(err)
	}
	p, f := scan([]byte(head.String() + string(body)))
	if f != nil {
		w.t.Fatal(f)
	}
	return msgOf{p, w.t}
}

func (w *wireEnd) expect(what string) msgOf {
	w.t.Helper()
	m := w.next()
	if m.what() != what {
		w.t.Fatalf("got %s, want %s", m.what(), what)
	}
	return m
}

func (w *wireEnd) reply(req msgOf, code int, tag, body string, extra ...string) {
	io.WriteString(w.c, replyText(req, code, tag, body, extra))
}

// TestAnswerByAnotherConnection: the connection goes while they ring, so the
// call is over; they answer all the same, by a connection of their own. Also if
// we had cancelled before.
func TestAnswerByAnotherConnection(t *testing.T) {
	for _, cancelled := range []bool{false, true} {
		ua := &UA{Directory: trusting{}}
		addr := listenTCP(t, ua)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		ctx, stop := context.WithCancel(t.Context())
		errs := make(chan error, 1)
		go func() {
			_, err := ua.Dial(ctx, Dial{To: fmt.Sprintf("sip:bob@%s;transport=tcp", l.Addr())}, &audio{name: "alice"})
			errs <- err
		}()
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		first := newWireEnd(t, c)
		inv := first.expect("INVITE")
		first.reply(inv, 180, "b", "")
		if cancelled {
			stop()
			first.expect("CANCEL")
		}
		c.Close()
		if err := <-errs; errors.Is(err, ErrTransport) == cancelled {
			t.Error(err)
		}
		second := newWireEnd(t, dialTCP(t, addr))
		second.reply(inv, 200, "b", "v=0 answer", "Contact: <sip:bob@"+l.Addr().String()+";transport=tcp>")
		if ack := second.expect("ACK"); ack.tag("To") != "b" {
			t.Error(ack.fields)
		}
		second.reply(second.expect("BYE"), 200, "", "")
		stop()
	}
}
