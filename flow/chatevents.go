package flow

import "context"

// RoomMessage is what somebody wrote in the chat room in which the party of a chat
// is.
type RoomMessage struct {
	Body       string
	Sender     string // an address, or the id of a user
	SenderName string
}

// Names of what a Chat Events node gives and fires.
const (
	NewMessage = "New Message"
	saidBody   = "Body"
	saidBy     = "Sender"
	saidByName = "SenderName"
)

// OnMessages says that the node's asynchronous transition New Message is followed
// for each message in the chat room that a Chat node opened: nothing leads to it.
func (s *Spec) OnMessages() { s.entry, s.onMessages = true, true }

// RoomMessage starts the branches of the Chat Events nodes of a chat that waits in
// a room: those of the flow at work, and of the flows that wait for it. x.State
// is the one that waits; it stays as it is. Run is not called meanwhile.
func (p *Program) RoomMessage(ctx context.Context, x *Execution, m RoomMessage) error {
	x.defaults()
	if x.State == nil || len(x.State.Frames) == 0 {
		return nil
	}
	r := &run{p: p, x: x}
	was := x.run
	x.run = r
	defer func() { x.run = was }()
	if err := r.frames(ctx); err != nil {
		return err
	}
	outputs := map[string]Value{saidBody: orNothing(m.Body), saidBy: orNothing(m.Sender), saidByName: orNothing(m.SenderName)}
	for i := len(x.State.Frames) - 1; i >= 0; i-- {
		p, err := r.programAt(ctx, i)
		if err != nil {
			return err
		}
		r.p = p
		for _, at := range p.onMessages {
			n := p.nodes[at]
			r.begin(n, x.State.Steps)
			to, ok := n.exits[NewMessage]
			if !ok || to.exit != "" || x.Async == nil {
				continue
			}
			r.event(NewMessage + " goes on beside the chat, at " + p.nodes[to.node].name)
			x.Async(r.branchGiving(n, i, NewMessage, to, outputs))
		}
	}
	return nil
}
