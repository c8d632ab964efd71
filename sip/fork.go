package sip

// fork is one early dialog of the INVITE, by To tag.
type fork struct {
	dialog
	rseq   uint32
	agreed bool   // the answer to our offer has come reliably
	stands bool   // and an UPDATE has replaced it since
	ack    []byte // of its 2xx, sent again for each repetition
	ackBy  hop
}

// fork finds or makes the early dialog of a response.
func (d *dialing) fork(r *response) *fork {
	for _, f := range d.forks {
		if f.remoteTag == r.toTag {
			return f
		}
	}
	if len(d.forks) >= maxForks && !d.shed() {
		return nil
	}
	f := &fork{dialog: d.leg.dialog}
	f.remoteTag = r.toTag
	f.localSeq = d.leg.localSeq
	f.way = d.tx.to
	f.setRoutes(r.Headers(), true)
	f.learn(r.Headers())
	f.refresh(r.Headers())
	d.forks = append(d.forks, f)
	return f
}

const maxForks = 16

// shed forgets the early dialog that is oldest: a proxy that tries one after the
// other may make many before one answers. False: all of them have answered.
func (d *dialing) shed() bool {
	for i, f := range d.forks {
		if f.ack == nil {
			d.forks = append(d.forks[:i], d.forks[i+1:]...)
			return true
		}
	}
	return false
}

// earlyFork is the early dialog of a call of ours that is not answered yet.
func (s *strand) earlyFork(l *Leg, theirTag string) *fork {
	if l.incoming || l.phase != early {
		return nil
	}
	for _, d := range s.dials {
		if d.leg != l {
			continue
		}
		for _, f := range d.forks {
			if f.remoteTag == theirTag {
				return f
			}
		}
	}
	return nil
}
