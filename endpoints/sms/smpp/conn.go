package smpp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Times of a connection, 7.2.
const (
	// After idle without a sign of life the other side is asked for one, and has answerTime.
	idle       = 30 * time.Second
	answerTime = 10 * time.Second
	// writeTime is how long the other side may take no byte of ours.
	writeTime = 20 * time.Second
	// lastTime is what remains for what is still to be written at the end.
	lastTime = time.Second
	// unbindTime is how long a parting is waited for.
	unbindTime = 2 * time.Second
	// queued PDUs wait to be written at most.
	queued = 256
)

// ErrClosed tells that a connection has ended before an answer came.
var ErrClosed = errors.New("smpp: the connection has ended")

// Conn is one end of an SMPP connection: either end, so the tests' message centre is made
// of it, too. It answers enquire_link and unbind itself, and what it can't
// read with generic_nack. Set the fields, then Run it.
type Conn struct {
	// Handle gets each request but those. It is called by the reader: while it runs
	// nothing else is read.
	Handle func(PDU)

	conn    net.Conn
	out     chan []byte
	end     context.CancelCauseFunc
	context context.Context // ends with the connection; its cause says why
	heard   chan struct{}   // a sign of life

	mu      sync.Mutex
	seq     uint32
	pending map[uint32]chan PDU // requests that wait for their answers
	parting bool                // the other side has said unbind
}

// NewConn makes one; Run owns nc from then on.
func NewConn(nc net.Conn) *Conn {
	c := &Conn{conn: nc, out: make(chan []byte, queued), heard: make(chan struct{}, 1), pending: map[uint32]chan PDU{}}
	c.context, c.end = context.WithCancelCause(context.Background())
	return c
}

// Context ends with the connection; its Cause tells why.
func (c *Conn) Context() context.Context { return c.context }

// Close ends the connection at once; Run returns.
func (c *Conn) Close(why error) { c.end(why) }

// Run reads, writes and asks for signs of life until the connection or ctx ends. It returns
// why, when nothing of it runs any more.
func (c *Conn) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { c.end(context.Cause(ctx)) })
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() { c.end(c.read()) })
	wg.Go(func() { c.end(c.write()) })
	wg.Go(func() { c.end(c.keep()) })
	<-c.context.Done()
	// What is written last, an answer to unbind or a generic_nack, may still leave.
	_ = c.conn.SetReadDeadline(time.Now())
	_ = c.conn.SetWriteDeadline(time.Now().Add(lastTime))
	wg.Wait()
	_ = c.conn.Close()
	return context.Cause(c.context)
}

func (c *Conn) read() error {
	r := bufio.NewReaderSize(c.conn, 16<<10)
	for {
		p, err := ReadPDU(r)
		if errors.Is(err, ErrLength) {
			c.put(PDU{Command: GenericNack, Status: InvalidCmdLen, Seq: p.Seq})
			return err
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrClosed, err)
		}
		select {
		case c.heard <- struct{}{}:
		default:
		}
		if err := c.take(p); err != nil {
			return err
		}
	}
}

// errParted tells of an end that the other side has announced.
var errParted = fmt.Errorf("%w: unbind", ErrClosed)

func (c *Conn) take(p PDU) error {
	switch {
	case p.Command.IsResponse():
		c.mu.Lock()
		waiting := c.pending[p.Seq]
		delete(c.pending, p.Seq)
		c.mu.Unlock()
		if waiting != nil {
			waiting <- p // has room for it
		}
	case p.Command == EnquireLink:
		c.put(PDU{Command: EnquireLink.Response(), Seq: p.Seq})
	case p.Command == Unbind:
		c.put(PDU{Command: Unbind.Response(), Seq: p.Seq})
		return errParted
	case commandNames[p.Command] == "":
		c.put(PDU{Command: GenericNack, Status: InvalidCmdID, Seq: p.Seq})
	default:
		c.Handle(p)
	}
	return nil
}

func (c *Conn) write() error {
	w := bufio.NewWriterSize(c.conn, 16<<10)
	flush := func(b []byte) error {
		limit := writeTime
		if c.context.Err() != nil {
			limit = lastTime
		}
		_ = c.conn.SetWriteDeadline(time.Now().Add(limit)) // a closed one says so when written to
		_, err := w.Write(b)
		for err == nil {
			select {
			case b := <-c.out:
				_, err = w.Write(b)
				continue
			default:
			}
			return w.Flush()
		}
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	for {
		select {
		case b := <-c.out:
			if err := flush(b); err != nil {
				return err
			}
		case <-c.context.Done():
			return flush(nil)
		}
	}
}

// keep asks the other side for a sign of life when there was none.
func (c *Conn) keep() error {
	t := time.NewTimer(idle)
	defer t.Stop()
	for {
		select {
		case <-c.heard:
			t.Reset(idle)
		case <-t.C:
			ctx, cancel := context.WithTimeout(c.context, answerTime)
			_, err := c.Request(ctx, EnquireLink, nil)
			cancel()
			if err != nil {
				return fmt.Errorf("%w: enquire_link wasn't answered within %s", ErrClosed, answerTime)
			}
			t.Reset(idle)
		case <-c.context.Done():
			return nil
		}
	}
}

// put writes p, in its turn. It is false if the connection has ended.
func (c *Conn) put(p PDU) bool {
	select {
	case c.out <- p.Append(nil):
		return true
	case <-c.context.Done():
		return false
	}
}

// Answer answers the request p. It is false if the connection has ended.
func (c *Conn) Answer(p PDU, s Status, body []byte) bool {
	return c.put(PDU{Command: p.Command.Response(), Status: s, Seq: p.Seq, Body: body})
}

// Nack refuses what isn't even understood, 4.3.
func (c *Conn) Nack(p PDU, s Status) bool {
	return c.put(PDU{Command: GenericNack, Status: s, Seq: p.Seq})
}

// Request sends a request and waits for its answer. An answer with an error status is
// that Status as the error. Where ctx ends first nobody knows whether the request
// was done.
func (c *Conn) Request(ctx context.Context, command Command, body []byte) (PDU, error) {
	answer, err := c.Begin(ctx, command, body)
	if err != nil {
		return PDU{}, err
	}
	return answer(ctx)
}

// Begin is Request that doesn't wait: answer does, and must be called. Requests leave in the
// order in which they are begun.
func (c *Conn) Begin(ctx context.Context, command Command, body []byte) (answer func(ctx context.Context) (PDU, error), err error) {
	got := make(chan PDU, 1)
	c.mu.Lock()
	c.seq = c.seq%0x7fffffff + 1 // 5.1.4
	seq := c.seq
	c.pending[seq] = got
	c.mu.Unlock()
	forget := func() {
		c.mu.Lock()
		delete(c.pending, seq)
		c.mu.Unlock()
	}
	select {
	case c.out <- PDU{Command: command, Seq: seq, Body: body}.Append(nil):
	case <-ctx.Done():
		forget()
		return nil, fmt.Errorf("%s: %w", command, context.Cause(ctx))
	case <-c.context.Done():
		forget()
		return nil, context.Cause(c.context)
	}
	return func(ctx context.Context) (PDU, error) {
		defer forget()
		select {
		case p := <-got:
			switch {
			case p.Status != OK:
				return p, fmt.Errorf("%s: %w", command, p.Status)
			case p.Command != command.Response():
				return p, fmt.Errorf("%s: answered by %s", command, p.Command)
			}
			return p, nil
		case <-ctx.Done():
			return PDU{}, fmt.Errorf("%s: %w", command, context.Cause(ctx))
		case <-c.context.Done():
			return PDU{}, context.Cause(c.context)
		}
	}, nil
}

// Part says unbind, waits a little for the answer, and ends the connection.
func (c *Conn) Part(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, unbindTime)
	defer cancel()
	_, _ = c.Request(ctx, Unbind, nil) // it ends in any case
	c.end(errParted)
}
