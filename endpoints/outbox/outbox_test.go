package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"ringflow/endpoints"
	"ringflow/endpoints/email"
	"ringflow/endpoints/email/smtptest"
	"ringflow/endpoints/outbox"
	"ringflow/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sender is a channel that answers as the test wants, and notes when it was asked.
type sender struct {
	mu    sync.Mutex
	tried map[string][]time.Time // by subject
	now   int
	most  int
	do    func(ctx context.Context, m *endpoints.Outbound) error
}

func (s *sender) From() string { return "phones@x.test" }

func (s *sender) Send(ctx context.Context, m *endpoints.Outbound) error {
	s.mu.Lock()
	if s.tried == nil {
		s.tried = map[string][]time.Time{}
	}
	s.tried[m.Subject] = append(s.tried[m.Subject], time.Now())
	s.now++
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.now--
		s.mu.Unlock()
	}()
	return s.do(ctx, m)
}

func (s *sender) times(subject string) []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.tried[subject])
}

// post is a store with a worker at it.
type post struct {
	t    *testing.T
	dir  string
	db   *store.Store
	work *outbox.Worker
	logs *observer.ObservedLogs
}

func open(t *testing.T, dir string, s outbox.Sender) *post {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zap.InfoLevel)
	p := &post{t: t, dir: dir, db: db, logs: logs}
	p.work = &outbox.Worker{Store: db, Senders: map[endpoints.Channel]outbox.Sender{endpoints.Email: s}, Log: zap.New(core)}
	p.work.Start(t.Context())
	return p
}

func (p *post) close() {
	p.t.Helper()
	p.work.Close()
	if err := p.db.Close(); err != nil {
		p.t.Error(err)
	}
}

func (p *post) put(subject string, change ...func(*endpoints.Outbound)) *endpoints.Outbound {
	p.t.Helper()
	m, err := endpoints.NewMail("", subject, []string{"a@x.test"}, subject, endpoints.Mail{Text: "text"})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, f := range change {
		f(m)
	}
	if err := p.work.Put(p.t.Context(), m); err != nil {
		p.t.Fatal(err)
	}
	return m
}

func (p *post) want(id string, state endpoints.OutState) *endpoints.Outbound {
	p.t.Helper()
	m, err := p.db.Outbound(p.t.Context(), id)
	if err != nil {
		p.t.Fatal(err)
	}
	if m.State != state {
		p.t.Fatalf("%s is %s after %d tries (%s), want %s", m.Subject, m.State, m.Tries, m.LastError, state)
	}
	return m
}

// rest lets virtual time pass, a little past the moment.
func rest(d time.Duration) {
	time.Sleep(d + time.Second)
	synctest.Wait()
}

// bubble runs a test in virtual time, on a folder from outside: it is removed in
// real time.
func bubble(t *testing.T, f func(t *testing.T, dir string)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) { f(t, dir) })
}

// A channel that is away gets a message again after 30 s, then each time after
// twice as long, an hour at most, and at the end of a day for the last time: then
// the message is given up, said once, and shown.
func TestBackOffAndGivingUp(t *testing.T) {
	bubble(t, func(t *testing.T, dir string) {
		s := &sender{do: func(context.Context, *endpoints.Outbound) error { return errors.New("nobody listens") }}
		p := open(t, dir, s)
		defer p.close()
		start := time.Now()
		m := p.put("lost")
		rest(23*time.Hour + 50*time.Minute)
		if w := p.want(m.ID, endpoints.OutQueued); w.LastError != "nobody listens" || w.From != "phones@x.test" {
			t.Errorf("%+v", w)
		}
		rest(time.Hour)
		w := p.want(m.ID, endpoints.OutFailed)
		tries := s.times("lost")
		if w.LastError != "nobody listens" || w.Tries != len(tries) || len(tries) < 25 || len(tries) > 40 {
			t.Errorf("%d tries: %+v", len(tries), w)
		}
		base := 30 * time.Second
		for i := 1; i < len(tries)-1; i++ {
			if gap := tries[i].Sub(tries[i-1]); gap < max(30*time.Second, base*8/10) || gap > min(base*12/10, time.Hour)+11*time.Second {
				t.Errorf("try %d came after %s, want about %s", i+1, gap, base)
			}
			base = min(2*base, time.Hour)
		}
		if last := tries[len(tries)-1].Sub(start); last < 24*time.Hour || last > 24*time.Hour+11*time.Second {
			t.Errorf("the last try was after %s", last)
		}
		if n := p.logs.FilterMessage("a message was given up").Len(); n != 1 {
			t.Errorf("it was said %d times", n)
		}
		if n := p.logs.FilterMessageSnippet("can't be sent now").Len(); n != 1 {
			t.Errorf("that the channel is away was said %d times", n)
		}
		if st := p.work.Stats(); st.Failed != 1 || st.Sent != 0 || st.Retried != uint64(len(tries)-1) {
			t.Errorf("%+v", st)
		}
	})
}

// No for good is no; a panic is the message's end, not ours; what is of no use
// any more isn't sent; four are sent at once and each once; who is sent to some
// only is told so.
func TestOutcomes(t *testing.T) {
	bubble(t, func(t *testing.T, dir string) {
		s := &sender{}
		s.do = func(_ context.Context, m *endpoints.Outbound) error {
			time.Sleep(time.Second)
			switch {
			case m.Subject == "refused":
				return &endpoints.Refused{Err: errors.New("550 no")}
			case m.Subject == "opted out":
				return &endpoints.Refused{Err: errors.New("wants none"), Wanted: true}
			case m.Subject == "partly":
				return &endpoints.Partly{Err: errors.New("not to b")}
			case m.Subject == "panic":
				panic("oh")
			case (m.Subject == "twice" || m.Subject == "expires") && len(s.times(m.Subject)) == 1:
				return errors.New("421 later")
			}
			return nil
		}
		p := open(t, dir, s)
		out := p.put("opted out")
		refused, partly, panics, twice := p.put("refused"), p.put("partly"), p.put("panic"), p.put("twice")
		expires := p.put("expires", func(m *endpoints.Outbound) { m.Secret, m.Expires = true, time.Now().Add(20*time.Second) })
		var many []string
		for i := range 30 {
			many = append(many, p.put(fmt.Sprint("many", i)).ID)
		}
		p.put("many7") // the key is taken: it is the same
		rest(time.Minute)
		if m := p.want(refused.ID, endpoints.OutFailed); m.LastError != "550 no" || m.Tries != 1 {
			t.Errorf("%+v", m)
		}
		if m := p.want(out.ID, endpoints.OutFailed); m.LastError != "wants none" || m.Tries != 1 {
			t.Errorf("%+v", m)
		}
		for _, l := range p.logs.FilterMessage("a message was given up").All() {
			if none := l.ContextMap()["error"] == "wants none"; none != (l.Level == zap.InfoLevel) {
				t.Errorf("%s: %v", l.Level, l.ContextMap())
			}
		}
		if m := p.want(partly.ID, endpoints.OutSent); m.LastError != "not to b" {
			t.Errorf("%+v", m)
		}
		if m := p.want(panics.ID, endpoints.OutFailed); !strings.Contains(m.LastError, "oh") {
			t.Errorf("%+v", m)
		}
		if m := p.want(twice.ID, endpoints.OutSent); m.Tries != 2 || m.LastError != "" {
			t.Errorf("%+v", m)
		}
		if m := p.want(expires.ID, endpoints.OutFailed); len(s.times("expires")) != 1 || len(m.Body) != 0 || !strings.Contains(m.LastError, "421") {
			t.Errorf("tried %d times, %+v", len(s.times("expires")), m)
		}
		for i, id := range many {
			if p.want(id, endpoints.OutSent); len(s.times(fmt.Sprint("many", i))) != 1 {
				t.Errorf("%d was sent %d times", i, len(s.times(fmt.Sprint("many", i))))
			}
		}
		if s.most != 4 {
			t.Errorf("%d at once", s.most)
		}
		if n := p.logs.FilterMessage("messages are sent again").Len(); n == 0 {
			t.Error("that it goes again isn't said")
		}
		var invalid *endpoints.Invalid
		if err := p.work.Put(t.Context(), &endpoints.Outbound{Channel: "fax", To: []string{"1"}}); !errors.As(err, &invalid) {
			t.Errorf("a channel that isn't there: %v", err)
		}
		p.close()
		time.Sleep(30 * 24 * time.Hour)
		p = open(t, dir, s)
		defer p.close()
		rest(time.Hour + time.Minute)
		if _, n, err := p.db.Outbounds(t.Context(), endpoints.OutboundFilter{}); n != 0 || err != nil {
			t.Errorf("%d old messages, %v", n, err)
		}
	})
}

// What waits for a channel that the server has no more is given up like all others, visibly, and a
// little later; what waits for the others isn't touched.
func TestChannelThatIsGone(t *testing.T) {
	bubble(t, func(t *testing.T, dir string) {
		s := &sender{do: func(context.Context, *endpoints.Outbound) error { return errors.New("nobody listens") }}
		p := open(t, dir, s)
		lost := &endpoints.Outbound{Channel: "fax", To: []string{"1"}, Body: []byte("{}")}
		if _, err := p.db.PutOutbound(t.Context(), lost); err != nil {
			t.Fatal(err)
		}
		p.close() // a day of its worker at rest costs nothing
		time.Sleep(24 * time.Hour)
		p = open(t, dir, s)
		defer p.close()
		mail := p.put("mail")
		rest(0)
		p.want(lost.ID, endpoints.OutQueued)
		rest(20 * time.Minute)
		if m := p.want(lost.ID, endpoints.OutFailed); m.LastError != "this server has no such way to send any more: fax" {
			t.Errorf("%+v", m)
		}
		p.want(mail.ID, endpoints.OutQueued)
		if n := p.logs.FilterMessageSnippet("messages were given up").Len(); n != 1 || p.work.Stats().Failed != 1 {
			t.Errorf("it was said %d times, %+v", n, p.work.Stats())
		}
	})
}

// A server that stops lets what is being sent come to its end for a moment, and
// gives back what doesn't: the next life sends it at once.
func TestStop(t *testing.T) {
	bubble(t, func(t *testing.T, dir string) {
		slow := &sender{do: func(ctx context.Context, m *endpoints.Outbound) error {
			end := 3 * time.Second
			if m.Subject == "long" {
				end = time.Hour
			}
			select {
			case <-time.After(end):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		p := open(t, dir, slow)
		short, long := p.put("short"), p.put("long")
		synctest.Wait()
		start := time.Now()
		p.work.Close()
		if took := time.Since(start); took > 6*time.Second {
			t.Errorf("closing took %s", took)
		}
		p.want(short.ID, endpoints.OutSent)
		p.want(long.ID, endpoints.OutQueued)
		if err := p.db.Close(); err != nil {
			t.Error(err)
		}
		next := open(t, dir, &sender{do: func(context.Context, *endpoints.Outbound) error { return nil }})
		defer next.close()
		rest(0)
		next.want(long.ID, endpoints.OutSent)
	})
}

// killed is a store whose server dies before it notes that a mail was sent.
type killed struct {
	*store.Store
	once sync.Once
	gone chan struct{}
}

func (k *killed) SentOutbound(context.Context, string, string, string) error {
	k.once.Do(func() { close(k.gone) })
	return fmt.Errorf("claim: %w", context.Canceled)
}

// Real SMTP in virtual time. Sent but not noted, the mail leaves again after a
// kill -9, with the same Message-ID; cut in the middle of the mail, or told to
// come later, it leaves once, later.
func TestNothingIsLost(t *testing.T) {
	bubble(t, func(t *testing.T, dir string) {
		cuts := 0
		server := &smtptest.Server{}
		server.Answer = func(verb, arg string) string {
			switch {
			case verb == "LINE" && strings.Contains(arg, "cut me") && cuts == 0:
				cuts++
				return smtptest.Cut
			case verb == "END" && strings.Contains(arg, "later please") && cuts == 1:
				cuts++
				return "452 full"
			}
			return ""
		}
		out := &email.Sender{Server: "mail.test:25", Sender: "p@x.test", Security: email.None, Dial: func(context.Context, string, string) (net.Conn, error) {
			here, there := net.Pipe()
			go server.Serve(there) // ends with the connection, which the sender closes
			return here, nil
		}}
		p := open(t, dir, out)
		rest(0)
		p.work.Close()
		k := &killed{Store: p.db, gone: make(chan struct{})}
		dying := &outbox.Worker{Store: k, Senders: map[endpoints.Channel]outbox.Sender{endpoints.Email: out}}
		dying.Start(t.Context())
		p.work = dying
		m := p.put("twice")
		<-k.gone
		p.want(m.ID, endpoints.OutSending)
		dying.Close()
		if err := p.db.Close(); err != nil {
			t.Error(err)
		}
		next := open(t, dir, out)
		defer next.close()
		rest(0)
		next.want(m.ID, endpoints.OutSent)
		mails := server.Mails()
		if len(mails) != 2 || !strings.Contains(string(mails[0].Data), "Message-ID: <"+m.ID+"@x.test>") || string(mails[0].Data) != string(mails[1].Data) {
			t.Fatalf("%d mails came: %+v", len(mails), mails)
		}
		cut := next.put("cut me")
		rest(0)
		next.want(cut.ID, endpoints.OutQueued)
		rest(time.Minute)
		next.want(cut.ID, endpoints.OutSent)
		later := next.put("later please")
		rest(0)
		if w := next.want(later.ID, endpoints.OutQueued); !strings.Contains(w.LastError, "452") {
			t.Error(w.LastError)
		}
		rest(time.Minute)
		next.want(later.ID, endpoints.OutSent)
		if n := len(server.Mails()); n != 4 {
			t.Errorf("%d mails came", n)
		}
	})
}

// Another server takes what a dead one was sending, when its claim is over and
// not before; a store that is away is waited for.
func TestDeadServer(t *testing.T) {
	bubble(t, func(t *testing.T, dir string) {
		s := &sender{do: func(context.Context, *endpoints.Outbound) error { return nil }}
		p := open(t, dir, s)
		p.work.Close()
		m, err := endpoints.NewMail("", "k", []string{"a@x.test"}, "orphan", endpoints.Mail{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.db.PutOutbound(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		// The claim is of this very run, so it counts as another's that lives.
		if got, err := p.db.ClaimOutbound(t.Context(), []endpoints.Channel{endpoints.Email}, 9, 10*time.Minute); err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		away := &moody{Store: p.db}
		core, logs := observer.New(zap.InfoLevel)
		p.logs = logs
		p.work = &outbox.Worker{Store: away, Senders: map[endpoints.Channel]outbox.Sender{endpoints.Email: s}, Log: zap.New(core)}
		p.work.Start(t.Context())
		defer p.close()
		rest(9 * time.Minute)
		p.want(m.ID, endpoints.OutSending)
		away.set(errors.New("connection refused"))
		rest(5 * time.Minute)
		p.want(m.ID, endpoints.OutSending)
		away.set(nil)
		rest(11 * time.Second)
		p.want(m.ID, endpoints.OutSent)
		if n, again := p.logs.FilterMessageSnippet("can't be read").Len(), p.logs.FilterMessageSnippet("can be read again").Len(); n != 1 || again != 1 {
			t.Errorf("said %d and %d times", n, again)
		}
	})
}

// moody is a store that is away while the test wants.
type moody struct {
	*store.Store
	mu  sync.Mutex
	err error
}

func (a *moody) set(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err = err
}

func (a *moody) ClaimOutbound(ctx context.Context, channels []endpoints.Channel, most int, lease time.Duration) ([]*endpoints.Outbound, error) {
	a.mu.Lock()
	err := a.err
	a.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return a.Store.ClaimOutbound(ctx, channels, most, lease)
}
