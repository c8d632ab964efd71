package endpoints

import (
	"context"
	"io"
)

// Inbox takes what others write to endpoints of this server; the switchboard is it.
// Adapters know nothing else of flows and chats.
type Inbox interface {
	// Receive keeps an incoming message for good, and sees to it that its flow runs. Only once
	// it has returned nil may the adapter tell the sender that the message is taken:
	// until then the sender keeps it. One that is here already (same endpoint, channel and
	// Key) is nil, too, and nothing happens. *Invalid: it can never be taken.
	Receive(ctx context.Context, m *Message) error
	// Attach keeps a file that comes with a message, before Receive: MaxFileBytes at most (*Invalid).
	Attach(ctx context.Context, accountID, name, contentType string, r io.Reader) (MessageFile, error)
	// Receipt tells what became of an outgoing message, by the far end's id. One that nobody knows is forgotten.
	Receipt(ctx context.Context, c Channel, endpointID, remoteID string, s MessageState, why string) error
	// Remote notes what the far end calls a message that it has taken over. Senders call it before they return.
	Remote(ctx context.Context, messageID, remoteID string, segments int) error
}
