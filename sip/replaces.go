package sip

import (
	"context"
	"strings"
)

// DialogID names a dialog as one of its ends does: whose own tag is the local one.
type DialogID struct{ CallID, LocalTag, RemoteTag string }

// Theirs is the same dialog as the far end names it.
func (d DialogID) Theirs() DialogID { return DialogID{d.CallID, d.RemoteTag, d.LocalTag} }

// replaces is the Replaces value that names the dialog to its far end, whose own
// tag is the to-tag (RFC 3891 6.1).
func (d DialogID) replaces() string {
	return d.CallID + ";to-tag=" + d.RemoteTag + ";from-tag=" + d.LocalTag
}

// Dialog names the leg's dialog as we do. Of a call that rings it is the early dialog that
// was heard of last; without RemoteTag nobody has answered yet.
func (l *Leg) Dialog() DialogID {
	if id := l.named.Load(); id != nil {
		return *id
	}
	return DialogID{CallID: l.callID}
}

func (l *Leg) name(remoteTag string) {
	if id := l.named.Load(); id == nil || id.RemoteTag != remoteTag {
		l.named.Store(&DialogID{l.callID, l.localTag, remoteTag})
	}
}

// SetTag keeps with the leg what its owner wants to find again when the leg is
// named to him by a REFER or an INVITE with Replaces.
func (l *Leg) SetTag(v any) { l.tag.Store(&v) }

// Tag is what SetTag or Dial.Tag said last; nil: nothing.
func (l *Leg) Tag() any {
	if v := l.tag.Load(); v != nil {
		return *v
	}
	return nil
}

// Ringing tells whether the leg is a call of ours that is not answered yet.
func (l *Leg) Ringing() bool { return !l.incoming && l.Code() == 0 && l.ctx.Err() == nil }

// replaces is the value of a Replaces header (RFC 3891 6.1).
type replaces struct {
	callID, toTag, fromTag string
	earlyOnly              bool
}

// parseReplaces reads one value; two of them, as a comma list, are none.
func parseReplaces(v string) (r replaces, ok bool) {
	if strings.IndexByte(v, ',') >= 0 || len(v) > maxReplaces {
		return r, false
	}
	parts := strings.Split(v, ";")
	r.callID = strings.TrimSpace(parts[0])
	for _, p := range parseParams(parts[1:]) {
		switch p.name {
		case "to-tag":
			if r.toTag != "" {
				return r, false
			}
			r.toTag = p.value
		case "from-tag":
			if r.fromTag != "" {
				return r, false
			}
			r.fromTag = p.value
		case "early-only":
			r.earlyOnly = true
		}
	}
	return r, r.callID != "" && r.toTag != "" && r.fromTag != "" && !strings.ContainsAny(r.callID, " \t")
}

const maxReplaces = 1024 // bytes of a Replaces value

// replaces reads the header of an INVITE: nil if there is none, 400 for two.
func (r *request) replaces() (*replaces, *reply) {
	list := r.list("Replaces")
	if len(list) == 0 {
		return nil, nil
	}
	if len(list) > 1 {
		return nil, &reply{code: 400, reason: "More Than One Replaces"}
	}
	x, ok := parseReplaces(list[0])
	if !ok {
		return nil, &reply{code: 400, reason: "Bad Replaces"}
	}
	return &x, nil
}

// resolve finds the leg that the caller wants to take over. It runs on the call's
// goroutine, since that leg is on another strand.
func (in *Invite) resolve(ctx context.Context) error {
	if in.replaces == nil {
		return nil
	}
	l, no := in.Leg.core.replaced(ctx, *in.replaces, false)
	if no != nil {
		return no
	}
	in.Replaces = l
	return nil
}

// replaced finds the leg that r names; from any goroutine but a strand's.
func (c *core) replaced(ctx context.Context, r replaces, waiting bool) (l *Leg, no *Status) {
	no = &Status{Code: 481}
	if s := c.strands.find(r.callID); s != nil {
		s.do(ctx, func() { l, no = s.replaced(r, waiting) })
	}
	return l, no
}

// replaced does RFC 3891 3 for one Call-ID. Who picks a call up names it as the
// phone that rings does, and some name it as that phone's far end would: us.
// So either order of the tags will do. waiting: also a caller whom we have not answered,
// of whom RFC 3891 knows nothing since it has no one between him and whom he calls.
func (s *strand) replaced(r replaces, waiting bool) (*Leg, *Status) {
	var found *Leg
	for _, l := range s.legs {
		if !l.has(r.toTag, r.fromTag) && !l.has(r.fromTag, r.toTag) {
			continue
		}
		if found != nil {
			return nil, &Status{Code: 481}
		}
		found = l
	}
	switch {
	case found == nil, found.phase == early && found.incoming && !waiting:
		return nil, &Status{Code: 481}
	case found.phase == over:
		return nil, &Status{Code: 603}
	case found.phase != early && r.earlyOnly:
		return nil, &Status{Code: 486}
	}
	return found, nil
}

// has tells whether the leg has this dialog, early ones of a call of ours included.
func (l *Leg) has(local, remote string) bool {
	return l.localTag == local && (l.remoteTag == remote || l.s.earlyFork(l, remote) != nil)
}
