package smpp

import (
	"context"
	"hash/fnv"
	"sync"

	"go.uber.org/zap"
)

const (
	// strandCount is how many texts of a link are kept at once, strandRoom how many more wait
	// on each strand. The message centre keeps the rest.
	strandCount, strandRoom = 8, 64
)

// strands take what a connection brings. Texts of one sender keep their order: they take
// the same strand.
type strands struct {
	link *link
	conn *Conn
	all  [strandCount]chan delivery
}

// delivery is a deliver_sm or data_sm.
type delivery struct {
	pdu     PDU
	message Message
}

func newStrands(l *link, c *Conn) *strands {
	s := &strands{link: l, conn: c}
	for i := range s.all {
		s.all[i] = make(chan delivery, strandRoom)
	}
	return s
}

// run works until the connection ends; what waits then comes again.
func (s *strands) run(wg *sync.WaitGroup, ctx context.Context) {
	for _, ch := range s.all {
		wg.Go(func() {
			for {
				select {
				case d := <-ch:
					if s.conn.Context().Err() == nil {
						s.work(ctx, d)
					}
				case <-s.conn.Context().Done():
					return
				}
			}
		})
	}
}

// take is Conn.Handle.
func (s *strands) take(p PDU) {
	var m Message
	var err error
	switch p.Command {
	case DeliverSM:
		m, err = ParseMessage(p.Body)
	case DataSM:
		m, err = ParseData(p.Body)
	case AlertNotice:
		return
	default: // a centre binds to nobody, and submits nothing
		s.conn.Nack(p, InvalidCmdID)
		return
	}
	if err != nil {
		s.link.log.Warn("what a message centre sent can't be read", zap.Stringer("command", p.Command), zap.Error(err))
		s.conn.Nack(p, InvalidCmdLen)
		return
	}
	h := fnv.New32a()
	h.Write([]byte(m.Source.Addr))
	select {
	case s.all[h.Sum32()%strandCount] <- delivery{p, m}:
	default:
		s.answer(p, TryLater)
	}
}

func (s *strands) answer(p PDU, status Status) bool {
	var body []byte
	if status == OK {
		body = MessageResp{}.Body() // message_id isn't used, 4.6.2
	}
	return s.conn.Answer(p, status, body)
}

// work keeps one, and only then says that it has it.
func (s *strands) work(ctx context.Context, d delivery) {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	defer func() {
		if r := recover(); r != nil { // one that nobody has foreseen takes nothing else along
			s.link.log.Error("a message can't be handled", zap.Any("panic", r), zap.Stack("stack"))
			s.answer(d.pdu, NeverTry)
		}
	}()
	status, kept := s.link.receive(ctx, s.conn, d.message)
	if s.answer(d.pdu, status) && kept != nil && status == OK {
		s.link.repeats.answered(kept, s.conn)
	}
}
