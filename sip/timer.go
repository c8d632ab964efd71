package sip

import (
	"strconv"
	"strings"
	"time"

	msg "github.com/emiago/sipgo/sip"
)

// sessionTimer is a dialog's session timer (RFC 4028): who refreshes, how often,
// and when it is given up.
type sessionTimer struct {
	interval time.Duration // 0: none
	min      time.Duration // the highest Min-SE heard
	we       bool          // we refresh
	peer     bool          // the far end knows the extension
	uas      bool          // we answered the request that set it
	refresh  *time.Timer
	expire   *time.Timer
	stopped  bool
}

func (c *core) sessionExpires() time.Duration { return or(c.ua.SessionExpires, 30*time.Minute) }
func (c *core) minSE() time.Duration          { return or(c.ua.MinSE, 90*time.Second) }

// seconds reads delta-seconds with parameters after; 0 if there is none.
func seconds(v string) int {
	v, _, _ = strings.Cut(v, ";")
	v, _, _ = strings.Cut(v, "(")
	n, err := strconv.ParseUint(strings.TrimSpace(v), 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}

// tooShort refuses an interval below ours (RFC 4028 9); only who knows the
// extension can be told.
func (c *core) tooShort(r *request) *reply {
	n := seconds(r.value("Session-Expires"))
	if n == 0 || time.Duration(n)*time.Second >= c.minSE() || !has(r.Headers(), "Supported", "timer") {
		return nil
	}
	return answer(422, "Min-SE", itoa(int(c.minSE().Seconds())))
}

// propose is what we, as UAS, make of a request's wishes.
func (t *sessionTimer) propose(l *Leg, r *request) {
	c := l.core
	t.uas = true
	interval := c.sessionExpires()
	theirs := r.value("Session-Expires")
	_, list, _ := strings.Cut(theirs, ";")
	refresher, _ := parseParams(cut(list, ';')).get("refresher")
	// Who names itself as the one to refresh knows how, whatever Supported says.
	t.peer = has(r.Headers(), "Supported", "timer") || has(r.Headers(), "Require", "timer") || strings.EqualFold(refresher, "uac")
	if n := seconds(theirs); n > 0 {
		interval = min(interval, time.Duration(n)*time.Second)
	}
	t.min = max(t.min, time.Duration(seconds(r.value("Min-SE")))*time.Second)
	t.interval = max(interval, t.min, c.minSE())
	// They asked for the interval: they refresh, unless they want us to.
	t.we = !t.peer || theirs == "" || strings.EqualFold(refresher, "uas")
}

// headers are the timer's part in the next INVITE, UPDATE or 2xx of ours.
func (t *sessionTimer) headers() [][2]string {
	if t.interval == 0 {
		return nil
	}
	v := itoa(int(t.interval.Seconds()))
	if !t.uas {
		h := [][2]string{{"Session-Expires", v}}
		if t.we {
			h[0][1] += ";refresher=uac"
		} else if t.refresh != nil || t.expire != nil {
			h[0][1] += ";refresher=uas"
		}
		return append(h, [2]string{"Min-SE", itoa(int(max(t.min, 90*time.Second).Seconds()))})
	}
	if t.we {
		return [][2]string{{"Session-Expires", v + ";refresher=uas"}}
	}
	return [][2]string{{"Session-Expires", v + ";refresher=uac"}, {"Require", "timer"}}
}

// ask sets what we, as UAC, wish for.
func (t *sessionTimer) ask(c *core) { t.interval, t.min = c.sessionExpires(), c.minSE() }

// agreed takes the far end's 2xx to a request of ours, and starts.
func (t *sessionTimer) agreed(l *Leg, hs []msg.Header) {
	t.uas = false
	v := headerValue(hs, "Session-Expires")
	if n := seconds(v); n > 0 {
		t.peer = true
		t.interval = max(time.Duration(n)*time.Second, t.min)
		_, list, _ := strings.Cut(v, ";")
		refresher, _ := parseParams(cut(list, ';')).get("refresher")
		t.we = !strings.EqualFold(refresher, "uas")
	} else {
		// It does not know the extension: we refresh on our own.
		t.peer, t.we = false, true
	}
	t.start(l)
}

// raise takes the Min-SE of a 422; false: it helps nothing to try again.
func (t *sessionTimer) raise(hs []msg.Header) bool {
	n := time.Duration(seconds(headerValue(hs, "Min-SE"))) * time.Second
	if n <= t.min && n <= t.interval || n > 24*time.Hour {
		return false
	}
	t.min = n
	t.interval = max(t.interval, n)
	return true
}

// start sets the clocks anew: half the interval until our refresh, or, if it is
// theirs, the interval less a third or 32 s until we give up.
func (t *sessionTimer) start(l *Leg) {
	t.halt()
	if t.interval == 0 || t.stopped {
		return
	}
	if t.we {
		t.refresh = l.s.after(t.interval/2, func() { t.due(l) })
	}
	t.expire = l.s.after(t.interval-min(32*time.Second, t.interval/3), func() {
		if l.phase == up && !t.stopped {
			l.bye(&Status{Cause: `SIP;cause=408;text="Session timer expired"`}, ErrSessionExpired)
		}
	})
}

func (t *sessionTimer) halt() {
	if t.refresh != nil {
		t.refresh.Stop()
	}
	if t.expire != nil {
		t.expire.Stop()
	}
}

func (t *sessionTimer) stop() {
	t.stopped = true
	t.halt()
}

// due refreshes: by UPDATE where the far end knows it, for it carries no SDP
// that could go wrong; else by a re-INVITE.
func (t *sessionTimer) due(l *Leg) {
	if l.phase != up || t.stopped {
		return
	}
	if l.ours != nil || l.sent200 != nil {
		t.refresh = l.s.after(2*time.Second, func() { t.due(l) })
		return
	}
	if !l.allows("UPDATE") {
		l.modify(func(error) {})
		return
	}
	t.uas = false
	headers := append([][2]string{{"Supported", extensions}}, t.headers()...)
	l.ask(msg.UPDATE, headers, "", nil, func(r *response, err error) {
		if l.phase != up {
			return
		}
		switch {
		case err != nil:
			if st, ok := asStatus(err); ok && st.Code == 408 {
				l.bye(nil, ErrSessionExpired)
			}
		case r.StatusCode < 300:
			l.refresh(r.Headers())
			t.agreed(l, r.Headers())
		case r.StatusCode == 422 && t.raise(r.Headers()), r.StatusCode == 491, r.StatusCode == 500:
			t.refresh = l.s.after(2*time.Second, func() { t.due(l) })
		case r.StatusCode == 481 || r.StatusCode == 408:
			l.bye(nil, ErrSessionExpired)
		case r.StatusCode == 405 || r.StatusCode == 501:
			delete(l.peerAllows, "UPDATE")
			t.due(l)
		}
	})
}
