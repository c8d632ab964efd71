package smpp_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ringflow/endpoints"
	"ringflow/endpoints/sms/smpp"
)

// bubble runs a test in virtual time. Its centre is reached in memory.
func bubble(t *testing.T, f func(t *testing.T, dir string)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) { f(t, dir) })
}

func piped(dir string) func(*house) {
	return func(h *house) { h.dir, h.hub = dir, &smpp.Hub{Dial: h.centre.StartPipes(h.t)} }
}

// wire is a centre that is no more than its end of the connection.
type wire struct {
	t     *testing.T
	conns chan net.Conn
	mu    sync.Mutex
	dials []time.Time
	nc    net.Conn
}

func (w *wire) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	w.mu.Lock()
	w.dials = append(w.dials, time.Now())
	w.mu.Unlock()
	w.conns <- ours
	return theirs, nil
}

func onWire(t *testing.T, dir string, change ...func(*house)) (*house, *wire) {
	w := &wire{t: t, conns: make(chan net.Conn, 100)}
	t.Cleanup(func() {
		if w.nc != nil {
			w.nc.Close()
		}
	})
	h := open(t, append(change, func(h *house) { h.dir, h.hub = dir, &smpp.Hub{Dial: w.dial} })...)
	w.bind()
	return h, w
}

// bind takes the next connection, and its bind.
func (w *wire) bind() {
	w.t.Helper()
	w.nc = <-w.conns
	w.answer(w.want(smpp.BindTransceiver), smpp.OK, smpp.BindResp{SystemID: "x"}.Body())
}

func (w *wire) want(c smpp.Command) smpp.PDU {
	w.t.Helper()
	p, err := smpp.ReadPDU(w.nc)
	if err != nil || p.Command != c {
		w.t.Fatalf("got %s %s, %v; want %s", p.Command, p.Status, err, c)
	}
	return p
}

func (w *wire) write(b []byte) {
	w.t.Helper()
	if _, err := w.nc.Write(b); err != nil {
		w.t.Fatal(err)
	}
}

func (w *wire) answer(p smpp.PDU, s smpp.Status, body []byte) {
	w.t.Helper()
	w.write(smpp.PDU{Command: p.Command.Response(), Status: s, Seq: p.Seq, Body: body}.Append(nil))
}

func (w *wire) gone() {
	w.t.Helper()
	if p, err := smpp.ReadPDU(w.nc); err == nil {
		w.t.Errorf("it is still there, and says %s", p.Command)
	}
}

// Who is silent is asked; who doesn't answer is left, and called again, later each time.
func TestSignsOfLife(t *testing.T) {
	bubble(t, func(t *testing.T, dir string) {
		_, w := onWire(t, dir)
		for range 3 {
			start := time.Now()
			p := w.want(smpp.EnquireLink)
			if d := time.Since(start); d < 30*time.Second || d > 31*time.Second {
				t.Errorf("it asked after %s", d)
			}
			w.answer(p, smpp.OK, nil)
		}
		start := time.Now()
		w.want(smpp.EnquireLink)
		w.gone()
		if d := time.Since(start); d != 40*time.Second {
			t.Errorf("it gave up after %s", d)
		}
		w.bind()
		w.write(smpp.PDU{Command: smpp.EnquireLink, Seq: 77}.Append(nil))
		if p := w.want(smpp.EnquireLink.Response()); p.Seq != 77 {
			t.Errorf("its answer has the number %d", p.Seq)
		}
		w.write(smpp.PDU{Command: smpp.Unbind, Seq: 78}.Append(nil))
		w.want(smpp.Unbind.Response())
		w.gone()
		for range 6 { // and now it may not bind
			w.nc = <-w.conns
			w.answer(w.want(smpp.BindTransceiver), smpp.InvalidPassword, nil)
			w.gone()
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		gap, all := 4*time.Second, w.dials[2:] // it is the third try in a row
		for i := 1; i < len(all); i++ {
			if got := all[i].Sub(all[i-1]); got < gap/2 || got > gap+time.Second {
				t.Errorf("it called for the %d. time after %s, want about %s", i+1, got, gap)
			}
			gap *= 2
		}
	})
}

// What is no unit, or makes no sense, is refused; the link stands or is made anew.
func TestMalformed(t *testing.T) {
	bubble(t, func(t *testing.T, dir string) {
		h, w := onWire(t, dir)
		nack := func(seq uint32, s smpp.Status) {
			t.Helper()
			if p := w.want(smpp.GenericNack); p.Seq != seq || p.Status != s {
				t.Errorf("%d is refused by %s, want %s", p.Seq, p.Status, s)
			}
		}
		w.write(smpp.PDU{Command: 0x4711, Seq: 5}.Append(nil))
		nack(5, smpp.InvalidCmdID)
		w.write(smpp.PDU{Command: smpp.SubmitSM, Seq: 6, Body: text("x").Body()}.Append(nil))
		nack(6, smpp.InvalidCmdID)
		body := text("Hello").Body()
		w.write(smpp.PDU{Command: smpp.DeliverSM, Seq: 7, Body: body[:len(body)-3]}.Append(nil))
		nack(7, smpp.InvalidCmdLen)
		w.write(smpp.PDU{Command: smpp.DeliverSM, Seq: 8, Body: append(body, 2, 4, 0xff, 0xff, 1)}.Append(nil))
		nack(8, smpp.InvalidCmdLen)
		w.write(smpp.PDU{Command: smpp.SubmitSM.Response(), Seq: 4000}.Append(nil)) // to nothing
		w.write(smpp.PDU{Command: smpp.AlertNotice, Seq: 9}.Append(nil))
		udh := text("\xff\x00\x03")
		udh.ESMClass = 0x40
		w.write(smpp.PDU{Command: smpp.DeliverSM, Seq: 10, Body: udh.Body()}.Append(nil))
		if p := w.want(smpp.DeliverSM.Response()); p.Status != smpp.Rejected {
			t.Errorf("a header longer than its text: %s", p.Status)
		}
		w.write(smpp.PDU{Command: smpp.DeliverSM, Seq: 11, Body: body}.Append(nil))
		if p := w.want(smpp.DeliverSM.Response()); p.Status != smpp.OK || p.Seq != 11 {
			t.Errorf("a good one: %s", p.Status)
		}
		h.wantTexts("Hello")
		w.write([]byte("\xff\xff\xff\xff\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x0c"))
		nack(12, smpp.InvalidCmdLen)
		w.gone()
		w.bind()
		w.write([]byte("GET / HTTP/1.1\r\n"))
		w.want(smpp.GenericNack)
		w.gone()
		w.bind()
	})
}

// A hub that stops takes its leave, once what it has submitted is answered.
func TestLeave(t *testing.T) {
	bubble(t, func(t *testing.T, dir string) {
		h, w := onWire(t, dir)
		sent := make(chan error, 1)
		go func() {
			_, err := h.send("last words")
			sent <- err
		}()
		p := w.want(smpp.SubmitSM)
		closed := make(chan struct{})
		go func() {
			h.hub.Close()
			close(closed)
		}()
		synctest.Wait()
		w.answer(p, smpp.OK, smpp.MessageResp{MessageID: "m1"}.Body())
		w.answer(w.want(smpp.Unbind), smpp.OK, nil)
		<-closed
		if err := <-sent; err != nil {
			t.Errorf("what was under way: %v", err)
		}
		w.gone()
		start := time.Now()
		if _, err := h.send("too late"); err == nil || time.Since(start) > 11*time.Second {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
	})
}

// As many wait for answers as the window has room for; who gets none within 30 s is
// tried again on another connection.
func TestWindow(t *testing.T) {
	bubble(t, func(t *testing.T, dir string) {
		h, w := onWire(t, dir, func(h *house) { h.number.Texts.SMPP.Window = 2 })
		results := make(chan error, 3)
		for range 3 {
			go func() {
				_, err := h.send("x")
				results <- err
			}()
		}
		first, second := w.want(smpp.SubmitSM), w.want(smpp.SubmitSM)
		_ = w.nc.SetReadDeadline(time.Now().Add(time.Second))
		if p, err := smpp.ReadPDU(w.nc); err == nil {
			t.Fatalf("beyond the window came %s", p.Command)
		}
		_ = w.nc.SetReadDeadline(time.Time{})
		w.answer(second, smpp.OK, smpp.MessageResp{MessageID: "b"}.Body()) // in any order
		third := w.want(smpp.SubmitSM)
		if first.Seq == second.Seq || second.Seq == third.Seq {
			t.Errorf("sequence numbers %d, %d, %d", first.Seq, second.Seq, third.Seq)
		}
		if err := <-results; err != nil {
			t.Error(err)
		}
		w.answer(first, smpp.OK, smpp.MessageResp{MessageID: "a"}.Body())
		if err := <-results; err != nil {
			t.Error(err)
		}
		nc := w.nc
		go func() { // it lives, and doesn't answer that one
			for {
				p, err := smpp.ReadPDU(nc)
				if err != nil {
					return
				}
				_, _ = nc.Write(smpp.PDU{Command: p.Command.Response(), Seq: p.Seq}.Append(nil))
			}
		}()
		if err := <-results; err == nil {
			t.Error("it is sent without an answer")
		}
		w.bind()
	})
}

// A centre that wants less gets less; one that says never is believed.
func TestStatuses(t *testing.T) {
	bubble(t, func(t *testing.T, dir string) {
		answers := []smpp.Status{smpp.Throttled, smpp.QueueFull, smpp.OK, smpp.InvalidDest, smpp.SystemError, smpp.Rejected, smpp.OK}
		h := open(t, piped(dir), func(h *house) {
			h.centre.Answer = func(smpp.Message) smpp.Status {
				s := answers[0]
				answers = answers[1:]
				return s
			}
		})
		start := time.Now()
		if _, err := h.send("slowly"); err != nil || time.Since(start) < 3*time.Second || time.Since(start) > 4*time.Second {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		var refused *endpoints.Refused
		for _, never := range []bool{true, false, true} {
			if _, err := h.send("x"); err == nil || errors.As(err, &refused) != never {
				t.Errorf("refused for good is %v: %v", !never, err)
			}
			refused = nil
		}
		if _, err := h.send("x"); err != nil {
			t.Error(err)
		}
		answers = make([]smpp.Status, 1000)
		for i := range answers {
			answers[i] = smpp.Throttled
		}
		if _, err := h.send("x"); err == nil || errors.As(err, &refused) || len(answers) < 990 {
			t.Errorf("after %d tries: %v", 1000-len(answers), err)
		}
	})
}

// A link has the rate that was agreed.
func TestRate(t *testing.T) {
	bubble(t, func(t *testing.T, dir string) {
		h := open(t, func(h *house) { h.number.Texts.SMPP.Rate = 10 }, piped(dir))
		start := time.Now()
		if _, err := h.send(strings.Repeat("x", 153*21)); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d < 2*time.Second || d > 2500*time.Millisecond {
			t.Errorf("21 parts at 10 a second took %s", d)
		}
	})
}

// What is changed in the store counts while the server runs.
func TestConfiguration(t *testing.T) {
	bubble(t, func(t *testing.T, dir string) {
		h := open(t, piped(dir))
		rest := func() {
			time.Sleep(10 * time.Second)
			synctest.Wait()
		}
		change := func(f func(*endpoints.Endpoint)) {
			t.Helper()
			e, err := h.db.Endpoint(t.Context(), h.number.ID)
			h.must(err)
			f(e)
			h.must(h.db.PutEndpoint(t.Context(), e))
			rest()
		}
		bound := func(want bool, why string) {
			t.Helper()
			links := h.hub.Links.All()
			if n := h.centre.Connected(); (n == 1) != want || len(links) == 1 && (links[0].Up != want || !strings.Contains(links[0].LastError, why)) || len(links) != 1 && why != "none" {
				t.Errorf("%d connections; %+v", n, links)
			}
		}
		rest()
		bound(true, "")
		change(func(e *endpoints.Endpoint) { e.DisplayName = "another name" })
		if n := len(h.centre.Binds()); n != 1 {
			t.Errorf("for a name it bound %d times", n)
		}
		change(func(e *endpoints.Endpoint) { e.Texts.Secret = "wrong" })
		bound(false, "ESME_RINVPASWD")
		change(func(e *endpoints.Endpoint) { e.Texts.Secret = "flow" })
		bound(true, "")
		change(func(e *endpoints.Endpoint) { e.Portal.DisableSms = true })
		bound(false, "none")
		change(func(e *endpoints.Endpoint) { e.Portal.DisableSms = false })
		bound(true, "")
		change(func(e *endpoints.Endpoint) { e.Texts = nil })
		bound(false, "none")
		if _, err := h.send("x"); err == nil {
			t.Error("it was sent without a link")
		}
		change(func(e *endpoints.Endpoint) { e.Texts = h.number.Texts })
		bound(true, "")
	})
}

// A text whose rest doesn't come is delivered as it is; what comes even later, too.
func TestLateParts(t *testing.T) {
	bubble(t, func(t *testing.T, dir string) {
		h := open(t, piped(dir))
		part := func(s string, seq byte) smpp.Message {
			m := text("")
			m.ESMClass, m.Short = 0x40, append([]byte{5, 0, 3, 9, 3, seq}, s...)
			return m
		}
		h.deliver(part("one", 1))
		h.deliver(part("three", 3))
		time.Sleep(9 * time.Minute)
		h.wantTexts()
		time.Sleep(3 * time.Minute)
		h.wantTexts("one […] three")
		h.deliver(part("two", 2))
		time.Sleep(12 * time.Minute)
		h.wantTexts("one […] three", "[…] two […]")
	})
}
