package sip

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// connKey names a connection in the pool: by network and far end, never by our
// own address, which all accepted ones share.
type connKey struct {
	network string
	addr    netip.AddrPort
	name    string // TLS: the name that was verified; "" for accepted ones
}

// stream is one TCP or TLS connection, accepted or dialled.
type stream struct {
	core    *core
	network string // TCP, TLS
	conn    net.Conn
	key     connKey
	local   netip.AddrPort
	addr    netip.AddrPort

	out    chan []byte
	quit   chan struct{}
	once   sync.Once
	closed atomic.Bool

	mu    sync.Mutex
	bound map[*strand]int // strands that want to hear of the end, counted
}

const streamQueue = 256 // messages on their way out; more and the peer is stuck

var errStuck = errors.New("the far end does not read")

// send queues a message. The strand never waits for a slow peer: one that does
// not read loses the connection.
func (s *stream) send(b []byte) error {
	if s.closed.Load() {
		return net.ErrClosed
	}
	select {
	case s.out <- b:
		return nil
	default:
		s.core.stats.refuse(refusedSlow)
		s.finish()
		return errStuck
	}
}

// write is the connection's writer.
func (s *stream) write() {
	for {
		select {
		case <-s.quit:
			s.flush()
			s.conn.Close()
			return
		case b := <-s.out:
			s.conn.SetWriteDeadline(time.Now().Add(s.core.writeTimeout()))
			if _, err := s.conn.Write(b); err != nil {
				s.finish()
			}
		}
	}
}

// flush writes what was queued before the end, as far as it goes at once.
func (s *stream) flush() {
	s.conn.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
	for {
		select {
		case b := <-s.out:
			if _, err := s.conn.Write(b); err != nil {
				return
			}
		default:
			return
		}
	}
}

// finish ends the connection and tells the strands that live on it. It does
// not wait.
func (s *stream) finish() {
	s.once.Do(func() {
		s.closed.Store(true)
		s.core.leavePool(s)
		close(s.quit)
		// The reader stands in Read: wake it. The writer closes.
		s.conn.SetReadDeadline(time.Unix(1, 0))
		s.mu.Lock()
		bound := s.bound
		s.bound = nil
		s.mu.Unlock()
		for st := range bound {
			st.post(func() { st.connLost(s) })
		}
		s.core.access.gone(s.network, s.addr)
	})
}

// bind makes st hear of the connection's end; false: it has ended already.
func (s *stream) bind(st *strand) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed.Load() {
		return false
	}
	if s.bound == nil {
		s.bound = map[*strand]int{}
	}
	s.bound[st]++
	return true
}

func (s *stream) unbind(st *strand) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bound == nil {
		return // it has ended
	}
	if s.bound[st]--; s.bound[st] <= 0 {
		delete(s.bound, st)
	}
}

// read is the connection's reader: one message at a time, each complete within
// ReadTimeout of its first byte, keep-alives answered (RFC 5626 4.4.1).
func (s *stream) read() {
	defer s.finish()
	buf := make([]byte, 0, 4096)
	chunk := make([]byte, 4096)
	var began time.Time // of the message in buf
	for {
		limit := time.Now().Add(s.core.idleTimeout())
		if len(buf) > 0 {
			limit = began.Add(s.core.readTimeout())
		}
		s.conn.SetReadDeadline(limit)
		if s.closed.Load() {
			return
		}
		n, err := s.conn.Read(chunk)
		if n > 0 {
			if len(buf) == 0 {
				began = time.Now()
			}
			buf = append(buf, chunk[:n]...)
			var used bool
			if buf, used = s.consume(buf); used {
				began = time.Now()
			}
			if buf == nil {
				s.linger()
				return
			}
			if len(buf) == 0 && cap(buf) > 16<<10 {
				buf = make([]byte, 0, 4096)
			}
		}
		if err != nil {
			if len(buf) > 0 && !s.closed.Load() {
				s.core.stats.refuse(refusedSlow)
			}
			return
		}
	}
}

// linger gives the answers to what came before the rubbish time to leave.
func (s *stream) linger() {
	t := time.NewTimer(500 * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.quit:
	}
}

// consume takes the whole messages from the front of buf. nil: close.
func (s *stream) consume(buf []byte) (rest []byte, used bool) {
	b := buf
	for len(b) > 0 {
		// Keep-alives between messages: CRLFCRLF is a ping, answered by CRLF.
		if b[0] == '\r' || b[0] == '\n' {
			if bytes.HasPrefix(b, []byte("\r\n\r\n")) {
				s.send([]byte("\r\n"))
				b = b[4:]
			} else if len(b) == 1 || bytes.Equal(b, []byte("\r\n\r")) {
				break // the rest of it is on its way
			} else {
				b = b[1:]
			}
			used = true
			continue
		}
		end := headEnd(b)
		if end < 0 {
			if len(b) > maxMessage {
				s.core.intake(b[:maxMessage], hop{conn: s, addr: s.addr}, &fault{513, "message over 64 kB"})
				return nil, true
			}
			break
		}
		length, ok := bodyLength(b[:end])
		if !ok || end+length > maxMessage {
			// The boundary is lost: answer what can be answered, and close.
			s.core.intake(b[:end], hop{conn: s, addr: s.addr}, bad("no single good Content-Length"))
			return nil, true
		}
		if len(b) < end+length {
			break
		}
		used = true
		if !s.core.intake(b[:end+length], hop{conn: s, addr: s.addr}, nil) {
			// Its end was clear, so the stream still is in step.
			s.core.stats.refuse(refusedJunk)
		}
		b = b[end+length:]
	}
	return append(buf[:0], b...), used
}

// bodyLength reads the one Content-Length of a head. Without exactly one good
// one the message has no end on a stream.
func bodyLength(head []byte) (int, bool) {
	text := string(head)
	_, text = nextLine(text)
	n, found := 0, false
	for text != "" {
		var line string
		line, text = nextLine(text)
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		name = strings.TrimRight(name, " \t")
		if !strings.EqualFold(name, "Content-Length") && !strings.EqualFold(name, "l") {
			continue
		}
		for text != "" && (text[0] == ' ' || text[0] == '\t') {
			var more string
			more, text = nextLine(text)
			value += " " + more
		}
		v, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
		if err != nil || found {
			return 0, false
		}
		n, found = int(v), true
	}
	return n, found
}
