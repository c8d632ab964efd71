package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ringflow/endpoints/email/smtptest"
	"ringflow/media"
	"ringflow/sip"
)

// mortal is a server that is killed again and again, and those who see from
// outside what becomes of it: a caller, Alice's phone with its lamp, a web server
// that flows ask, a mail server.
type mortal struct {
	*process
	t        *testing.T
	settings []string
	caller   *talker
	alice    phoneAccount
	lamp     *lampPhone
	smtp     *smtptest.Server
	web      *web
	own      []string // ids of the files that stay
	left     []string // ids of those that were kept, in order
}

// startMortal starts it; the settings are for each of its lives.
func startMortal(t *testing.T, settings ...string) *mortal {
	t.Helper()
	m := &mortal{t: t, smtp: &smtptest.Server{}, web: startWeb(t)}
	m.settings = append(settings, stepsIn+"=1", "RINGFLOW_FLOW_HTTPALLOW=127.0.0.1/32", "RINGFLOW_SPEECH_RECOGNISE=http", "RINGFLOW_SPEECH_RECOGNISEURL="+m.web.url,
		"RINGFLOW_MAIL_SMTP="+m.smtp.Start(t), "RINGFLOW_MAIL_TLS=none", "RINGFLOW_MAIL_FROM=phones@example.test")
	m.process = startProcess(t, t.TempDir(), m.settings...)
	m.trunk("Carrier", M{"allowedIps": []string{carrierHost}})
	m.alice = m.user("Alice", "")
	m.change("/endpoints/"+m.alice.ID, `{"emailAddress":"alice@example.test"}`)
	m.lamp = &lampPhone{rawPhone: newRawPhone(t, m.house, "127.0.0.1", 0)}
	m.lamp.register(m.alice)
	m.lamp.lights()
	m.caller = m.talkerAt(t, carrierHost, 0, 440, phoneAccount{})
	return m
}

// change is a PATCH.
func (h *house) change(path, body string) {
	h.t.Helper()
	if code, b := h.request(http.MethodPatch, path, "application/json", strings.NewReader(body)); code != http.StatusOK {
		h.t.Fatalf("PATCH %s: %d %s", path, code, b)
	}
}

// lives starts it anew after its death.
func (m *mortal) lives() {
	m.t.Helper()
	m.web.begins()
	m.process = m.again(m.settings...)
}

// rings has the caller call the number and speak. What it gives ends the call from
// the caller's side.
func (m *mortal) rings(number string) (port *media.Port, hangUp func()) {
	m.t.Helper()
	leg, port, err := m.caller.phone.dial(m.t.Context(), number, "+12025550143")
	if err != nil {
		m.t.Fatalf("calling %s: %v", number, err)
	}
	return port, m.speaks(leg, port)
}

func (m *mortal) speaks(leg *sip.Leg, port *media.Port) (hangUp func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := m.caller.talk(leg.Context(), port); err != nil {
			m.t.Error(err)
		}
	}()
	hangUp = sync.OnceFunc(func() {
		_ = leg.Hangup(context.Background(), nil) // of a server that knows nothing of it, maybe
		<-done
	})
	m.t.Cleanup(hangUp)
	return hangUp
}

// fresh are the files that calls left, and that nobody deleted.
func (m *mortal) fresh() []string {
	m.t.Helper()
	return slices.DeleteFunc(m.files(), func(id string) bool { return slices.Contains(m.own, id) })
}

// one is the one file that is there, playable, with the caller's tone in it.
func (m *mortal) one(when, kind string, least time.Duration) string {
	m.t.Helper()
	id := ""
	m.eventually(when+": there is one file", func() bool {
		ids := m.fresh()
		if len(ids) > 1 {
			m.t.Fatalf("%s: there are %d files", when, len(ids))
		}
		if len(ids) == 1 {
			id = ids[0]
		}
		return id != ""
	})
	var f struct{ ID, Type string }
	m.get("/files/"+id, &f)
	wav := m.content(id)
	clip, err := media.DecodeClip(bytes.NewReader(wav))
	switch {
	case err != nil:
		m.t.Errorf("%s: %v", when, err)
	case f.Type != kind || clip.Duration() < least:
		m.t.Errorf("%s: a %s of %s, want a %s of %s at least", when, f.Type, clip.Duration(), kind, least)
	case level(wav, m.caller.hz) < 0.5:
		m.t.Errorf("%s: %.2f of what is heard is the caller's", when, level(wav, m.caller.hz))
	}
	m.left = append(m.left, id)
	return id
}

// clears deletes a file by the API; of its bytes nothing is left.
func (m *mortal) clears(id string) {
	m.t.Helper()
	if code, b := m.request(http.MethodDelete, "/files/"+id, "", nil); code != http.StatusNoContent {
		m.t.Fatalf("DELETE: %d %s", code, b)
	}
}

// nothingElse wants no bytes in the files' folder but those of files, and no notes.
func (m *mortal) nothingElse(when string) {
	m.t.Helper()
	ids := m.files()
	var odd []string
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); pause(m.t.Context(), 50*time.Millisecond) {
		there, err := filepath.Glob(filepath.Join(m.data, "files", "*"))
		if err != nil {
			m.t.Fatal(err)
		}
		odd = slices.DeleteFunc(there, func(name string) bool { return slices.Contains(ids, filepath.Base(name)) })
		if len(odd) == 0 {
			return
		}
	}
	m.t.Errorf("%s: left over: %v", when, odd)
}

// isOver wants each session to have ended.
func (m *mortal) isOver(when string) {
	m.t.Helper()
	m.eventually(when+": no session is open", func() bool {
		return !slices.ContainsFunc(m.sessions(""), func(s sessionOf) bool { return !s.Ended })
	})
}

var messageIDs = regexp.MustCompile(`(?m)^Message-ID: (<\S+>)`)

// mails are those that came, each once: what a mail server had taken when we died
// comes twice, under one name.
func (m *mortal) mails() []string {
	var ids []string
	for _, mail := range m.smtp.Mails() {
		if id := messageIDs.FindSubmatch(mail.Data); id != nil && !slices.Contains(ids, string(id[1])) {
			ids = append(ids, string(id[1]))
		}
	}
	return ids
}

// lampPhone answers every request and remembers what it was told of its box.
type lampPhone struct {
	*rawPhone
	mu   sync.Mutex
	last string
	n    int
}

// lights begins; it ends with the socket.
func (l *lampPhone) lights() {
	done := make(chan struct{})
	_ = l.conn.SetReadDeadline(time.Time{})
	go func() {
		defer close(done)
		buf := make([]byte, 65536)
		for {
			n, _, err := l.conn.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			m := string(buf[:n])
			if strings.HasPrefix(m, "SIP/2.0") || strings.HasPrefix(m, "ACK ") || len(m) < 20 {
				continue
			}
			status := "200 OK"
			if strings.HasPrefix(m, "INVITE ") {
				status = "480 Temporarily Unavailable" // it has lamps alone
			}
			_, _ = l.conn.WriteToUDPAddrPort([]byte(replyTo(m, status)), l.server) // it may be dead
			if _, body, _ := strings.Cut(m, "\r\n\r\n"); strings.HasPrefix(m, "NOTIFY ") {
				l.mu.Lock()
				l.n++
				l.last = body
				l.mu.Unlock()
			}
		}
	}()
	l.t.Cleanup(func() { l.conn.Close(); <-done })
}

// told is the last that it was.
func (l *lampPhone) told() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// lamp wants it to show that, such as 1/0: one new message, none saved.
func (m *mortal) lampShows(when, box string) {
	m.t.Helper()
	m.eventually(when+": the lamp shows "+box, func() bool { return strings.Contains(m.lamp.told(), "Voice-Message: "+box) })
}

// spoken is what the web server says of every recording.
const spoken = "please call me back"

// web is a web server that counts what it is asked; it can keep one who asks waiting.
// It is a recogniser, too.
type web struct {
	url   string
	mu    sync.Mutex
	asked map[string]int
	twice []string       // what one life of the server has asked more than once
	life  map[string]int // what the one that lives has asked
	hold  chan struct{}  // closed when somebody asks and is kept; nil: nobody is
}

func startWeb(t *testing.T) *web {
	w := &web{asked: map[string]int{}, life: map[string]int{}}
	over := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/transcriptions") {
			fmt.Fprintf(rw, `{"text":%q}`, spoken)
			return
		}
		w.mu.Lock()
		path := strings.Trim(r.URL.Path, "/")
		w.asked[path]++
		if w.life[path]++; w.life[path] > 1 {
			w.twice = append(w.twice, path)
		}
		hold := w.hold
		w.hold = nil
		w.mu.Unlock()
		if hold == nil {
			return
		}
		close(hold)
		select {
		case <-r.Context().Done():
		case <-over:
		}
	}))
	t.Cleanup(func() { close(over); s.Close() })
	w.url = s.URL
	return w
}

// keeps has the next who asks wait; its channel is closed when that one does.
func (w *web) keeps() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hold = make(chan struct{})
	return w.hold
}

// begins another life of the server: what was at work is asked again in it.
func (w *web) begins() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.life)
}

func (w *web) times(path string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked[path]
}

// together runs subtests at the same time: each waits for sound, most of its time.
func together[T any](t *testing.T, all []T, name func(T) string, run func(t *testing.T, of T)) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, of := range all {
		wg.Go(func() { t.Run(name(of), func(t *testing.T) { run(t, of) }) })
	}
}

// ran wants the branch of each file to have run once, or, of those that were killed
// at work, twice at most.
func (m *mortal) ran(twice ...string) {
	m.t.Helper()
	for _, id := range m.left {
		if n := m.web.times(id); n != 1 && !(n == 2 && slices.Contains(twice, id)) {
			m.t.Errorf("the branch of %s has run %d times", id, n)
		}
	}
	m.web.mu.Lock()
	defer m.web.mu.Unlock()
	if len(m.web.twice) > 0 {
		m.t.Errorf("one life of the server has run these branches more than once: %v", m.web.twice)
	}
	for path := range m.web.asked {
		if !slices.Contains(m.left, path) {
			m.t.Errorf("a branch ran for %s, which was never kept", path)
		}
	}
}
