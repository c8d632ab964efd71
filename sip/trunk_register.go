package sip

import (
	"context"
	"errors"
	"time"

	msg "github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
)

const (
	registerAsk     = 10 * time.Minute // what we ask a carrier for
	registerWait    = 8 * time.Second  // for an answer, while there is another target to try
	registerFirst   = 2 * time.Second  // back-off after a failure, doubling
	registerLast    = 5 * time.Minute
	registerRefused = time.Minute // the first back-off after wrong credentials: carriers block who hammers
	unregisterLimit = 2 * time.Second
)

// registration keeps us registered with one carrier. It lives from run to cancel.
type registration struct {
	trunk  *trunk
	conf   OutTrunk
	before <-chan struct{} // closed when the registration before it is over; nil: none
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}

	callID string
	cseq   uint32
	at     *target // where the last REGISTER went well
}

func newRegistration(t *trunk, conf OutTrunk, before *registration) *registration {
	r := &registration{trunk: t, conf: conf, done: make(chan struct{}), callID: randomHex(12)}
	if before != nil {
		r.before = before.done
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

func (r *registration) run() {
	defer close(r.done)
	defer r.cancel()
	if r.before != nil {
		<-r.before // its own end is bounded
	}
	log := r.trunk.access.log.With(zap.String("trunk", r.conf.Name))
	var backoff time.Duration
	up := false
	for r.ctx.Err() == nil {
		life, err := r.register(r.ctx, registerAsk)
		if r.ctx.Err() != nil {
			up = up || err == nil
			break
		}
		var wait time.Duration
		if err == nil {
			wait, backoff = refresh(life), 0
			if !up {
				log.Info("sip: trunk registered", zap.Duration("for", life))
			}
		} else {
			backoff = nextBackoff(backoff, err)
			wait = max(jitter(backoff), retryAfter(err))
			log.Warn("sip: trunk not registered", zap.Error(err), zap.Duration("next try in", wait))
		}
		up = err == nil
		r.state(up, err, time.Now().Add(wait))
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-r.ctx.Done():
			timer.Stop()
		}
	}
	if up {
		ctx, cancel := context.WithTimeout(context.Background(), unregisterLimit)
		defer cancel()
		if _, err := r.register(ctx, 0); err != nil {
			log.Warn("sip: trunk not unregistered", zap.Error(err))
		}
		r.state(false, nil, time.Time{})
	}
}

// refresh is when to register again: well before the end, not all trunks at once.
func refresh(life time.Duration) time.Duration {
	d := life * 3 / 4
	if life > time.Minute {
		d = max(d, life-time.Minute)
	}
	return max(jitter(d)*5/6, time.Second) // a fifth more is the most that jitter adds
}

func nextBackoff(last time.Duration, err error) time.Duration {
	first := registerFirst
	if s := (*Status)(nil); errors.As(err, &s) && (s.Code == 401 || s.Code == 403 || s.Code == 407 || s.Code == 404) {
		first = registerRefused
	}
	return min(max(2*last, first), registerLast)
}

// retryAfter is what the carrier asked for with its refusal, an hour at most.
func retryAfter(err error) time.Duration {
	if s, ok := asStatus(err); ok {
		return min(s.RetryAfter, time.Hour)
	}
	return 0
}

// state tells the trunk, unless another registration has taken over.
func (r *registration) state(up bool, err error, next time.Time) {
	t := r.trunk
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.reg != r && t.reg != nil {
		return
	}
	t.registered, t.next = up, next
	if err != nil {
		t.lastError = plain(err)
	} else {
		t.lastError = ""
	}
}

// register does one round: every target in turn until one accepts or refuses in
// earnest. Life 0 unregisters.
func (r *registration) register(ctx context.Context, life time.Duration) (time.Duration, error) {
	a := r.trunk.access
	uri := r.conf.uri("")
	list, err := a.targets(ctx, &uri, r.conf.network())
	if err != nil {
		return 0, err
	}
	if r.at != nil { // stay where we are known
		list = append([]target{*r.at}, list...)
	}
	for i, to := range list {
		if i > 0 && r.at != nil && to == *r.at {
			continue
		}
		got, e := r.try(ctx, to, life, i+1 < len(list))
		if e == nil {
			r.at = &to
			return got, nil
		}
		err = e
		if !another(e) || ctx.Err() != nil {
			break
		}
	}
	r.at = nil
	return 0, err
}

// another tells whether the next target may do better: there was no answer, no
// connection, or a 503 or the like (RFC 3263 4.3).
func another(err error) bool {
	var s *Status
	return !errors.As(err, &s) || s.Code == 408 || s.Code == 503 || s.Code == 500 || s.Code == 480
}

// try registers at one target, through challenges and an interval that is too brief.
func (r *registration) try(ctx context.Context, to target, life time.Duration, more bool) (time.Duration, error) {
	var auth [][2]string
	r.trunk.mu.Lock()
	digest := r.trunk.digest
	r.trunk.mu.Unlock()
	for n := 0; ; n++ {
		req, err := r.request(to, life)
		if err != nil {
			return 0, err
		}
		if auth == nil && n == 0 {
			auth = digest.again(req, "")
		}
		for _, h := range auth {
			req.AppendHeader(msg.NewHeader(h[0], h[1]))
		}
		wait, cancel := ctx, context.CancelFunc(func() {})
		if more {
			wait, cancel = context.WithTimeout(ctx, registerWait)
		}
		res, err := r.trunk.access.wire.request(wait, req, to)
		cancel()
		if err != nil {
			return 0, err
		}
		r.trunk.note(func() { r.trunk.lastSeen = time.Now() })
		auth = nil
		switch code := res.StatusCode; {
		case code < 300:
			return granted(res, req, life), nil
		case (code == 401 || code == 407) && n < 3:
			name, value, ok := digest.answer(req, res, true)
			if !ok {
				return 0, &Status{Code: code, Reason: "Credentials Refused"}
			}
			auth = [][2]string{{name, value}}
		case code == 423 && n < 3:
			brief, ok := parseSeconds(headerValue(res.Headers(), "Min-Expires"))
			if !ok || brief <= life || brief > 24*time.Hour {
				return 0, &Status{Code: code}
			}
			life = brief
		default:
			return 0, &Status{Code: code, Reason: clip(clean(res.Reason)),
				RetryAfter: time.Duration(seconds(headerValue(res.Headers(), "Retry-After"))) * time.Second}
		}
	}
}

func (r *registration) request(to target, life time.Duration) (*msg.Request, error) {
	contact, err := r.trunk.access.wire.contact(to)
	if err != nil {
		return nil, err
	}
	contact.User = escapeUser(r.conf.UserName)
	r.cseq++
	aor := nameAddr("", "sip:"+escapeUser(r.conf.UserName)+"@"+r.conf.domain())
	seconds := itoa(int(life / time.Second))
	req := msg.NewRequest(msg.REGISTER, msg.Uri{Scheme: "sip", Host: r.conf.domain()})
	for _, h := range [][2]string{
		{"From", aor + ";tag=" + newTag()},
		{"To", aor},
		{"Call-ID", r.callID},
		{"CSeq", itoa(int(r.cseq)) + " REGISTER"},
		{"Contact", nameAddr("", contact.String())},
		{"Expires", seconds},
	} {
		req.AppendHeader(msg.NewHeader(h[0], h[1]))
	}
	return req, nil
}

// granted is how long a 200 registers the contact of req: its own expires, else the
// Expires header, else what we asked for.
func granted(res *msg.Response, req *msg.Request, life time.Duration) time.Duration {
	ours, err := parseAddress(headerValue(req.Headers(), "Contact"))
	if err != nil {
		return life
	}
	key, _ := contactKey(&ours.uri)
	got, list := time.Duration(0), headerList(res.Headers(), "Contact")
	for _, v := range list {
		a, err := parseAddress(v)
		if err != nil {
			continue
		}
		k, _ := contactKey(&a.uri)
		if k != key && len(list) > 1 {
			continue
		}
		if e, ok := a.params.get("expires"); ok {
			if d, ok := parseSeconds(e); ok {
				got = d
			}
		}
	}
	if got == 0 {
		if d, ok := parseSeconds(headerValue(res.Headers(), "Expires")); ok {
			got = d
		}
	}
	if got <= 0 || got > 24*time.Hour {
		return life
	}
	return got
}
