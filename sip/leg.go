package sip

import (
	"context"
)

// Leg is one dialog, either direction. Its methods may be called from any
// goroutine; they post to the leg's strand and wait for what they say.
type Leg struct {
	legState
}

// ID is unique among all legs of all time.
func (l *Leg) ID() string { return l.id }

// CallID is the dialog's Call-ID.
func (l *Leg) CallID() string { return l.callID }

// Incoming tells whether they called us.
func (l *Leg) Incoming() bool { return l.incoming }

// Local and Remote are the two ends, as the first INVITE named them.
func (l *Leg) Local() Party  { return l.local }
func (l *Leg) Remote() Party { return l.remote }

// Code is the final code of the INVITE so far; 0: none yet.
func (l *Leg) Code() int { return int(l.code.Load()) }

// Context ends with the leg. Its cause is ErrRemoteBye, ErrRemoteCancel, a
// *Status, ErrNoACK, ErrTransport, ErrSessionExpired, ErrHungUp or ErrClosed.
func (l *Leg) Context() context.Context { return l.ctx }

// Attach gives an incoming leg its media. Before Ring(early) or Answer; from
// then on the leg closes n when it is over.
func (l *Leg) Attach(n Negotiator) { l.attach(n) }

// Ring sends 180, or 183 with our SDP when early.
func (l *Leg) Ring(ctx context.Context, early bool) error { return l.ring(ctx, early) }

// Answer sends 200 and returns when its ACK is here, or the leg died.
func (l *Leg) Answer(ctx context.Context) error { return l.answer(ctx) }

// Hangup ends the leg by CANCEL, BYE or a final response, whichever it is time
// for. nil is a plain hangup. It returns when the request is on its way; a leg
// that is over stays so.
func (l *Leg) Hangup(ctx context.Context, s *Status) error { return l.hangup(ctx, s) }

// Reinvite makes a new offer, for a hold or another codec, and returns when it
// is agreed. A *Status says that it was refused: then all is as it was.
func (l *Leg) Reinvite(ctx context.Context) error { return l.reinvite(ctx) }

// Info sends an INFO request and returns when it is answered.
func (l *Leg) Info(ctx context.Context, contentType string, body []byte) error {
	return l.info(ctx, contentType, body)
}

// OnInfo sets who hears of INFO requests. f runs on the leg's strand and must
// not block.
func (l *Leg) OnInfo(f func(contentType string, body []byte)) { l.onInfo.Store(&f) }
