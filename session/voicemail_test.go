package session_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/session"
)

// postbox is a mailer that keeps what is posted.
type postbox struct {
	mu   sync.Mutex
	mail []session.Mail
	fail error
}

func (p *postbox) Mail(_ context.Context, m session.Mail) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail == nil {
		p.mail = append(p.mail, m)
	}
	return p.fail
}

func (p *postbox) posted() []session.Mail {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]session.Mail(nil), p.mail...)
}

// takesMessages is a flow that takes a message for somebody.
func takesMessages(owner string) []node {
	return []node{
		{id: "vm", typ: "VoicemailNode", in: map[string]any{"User": owner}, to: map[string]string{"Done": "done", "No Message": "none", "Message Ready": "ready"}},
		note("done", "done with it", ""), note("none", "no message came", ""), note("ready", "ready is {{ Session.RecordingFileId }}", ""),
	}
}

// leaves has a message left that whistles for so long.
func (h *house) leaves(t *testing.T, number string, hz float64, long time.Duration) *talking {
	t.Helper()
	c := h.carrier.mustCall(toNumber(number))
	time.Sleep(2 * time.Second) // greeting and beep
	c.whistle(t, hz, long)
	return c
}

// A message is kept, told to phones and by mail, whatever ends it.
func TestMessage(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(t *testing.T, c *talking)
		long time.Duration
		kept int
		log  []string
	}{
		"key":       {func(t *testing.T, c *talking) { c.press(t, "#"); c.over(t, 10*time.Second) }, 3 * time.Second, 1, []string{"done with it", "ready is ", "Message of "}},
		"silence":   {func(t *testing.T, c *talking) { c.over(t, 20*time.Second) }, 3 * time.Second, 1, []string{"done with it"}},
		"hang-up":   {func(t *testing.T, c *talking) { c.hangUp(t) }, 3 * time.Second, 1, []string{"ready is "}},
		"too short": {func(t *testing.T, c *talking) { c.over(t, 20*time.Second) }, 200 * time.Millisecond, 0, []string{"no message came"}},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				post := &postbox{}
				h.Switchboard.Mail = post
				alice := h.user("alice")
				alice.EmailAddress = "alice@ringflow.test"
				h.put(alice)
				lamps := h.lampsOf(t, "alice", "10.0.0.21")
				lamps.event = "message-summary"
				id, code := lamps.subscribes("alice")
				if code != "200" {
					t.Fatalf("SUBSCRIBE: %s", code)
				}
				lamps.shows(id, "Messages-Waiting: no", "Voice-Message: 0/0")
				h.number(did, takesMessages(alice.ID)...)
				call := h.leaves(t, did, 600, c.long)
				c.end(t, call)
				logged(t, h.record(), c.log...)
				fs := h.files()
				if len(fs) != c.kept || len(post.posted()) != c.kept {
					t.Fatalf("%d files, %d mails", len(fs), len(post.posted()))
				}
				if c.kept == 0 {
					lamps.shows(id, "Voice-Message: 0/0")
					return
				}
				lamps.shows(id, "Messages-Waiting: yes", "Voice-Message: 1/0")
				f := fs[0]
				if f.Type != endpoints.VoiceMessage || f.UserID != alice.ID || !f.Unread || f.FromName != "Carla" || f.FromAddress != "+14155550199" || f.RecordingDuration < 3*time.Second {
					t.Errorf("kept %+v", f)
				}
				if e := (ear{samples: h.sound(f.ID).Samples()}); e.hears(600) < 2700*time.Millisecond {
					t.Errorf("%s of 3 s are heard", e.hears(600))
				}
				m := post.posted()[0]
				if m.Key != f.ID || len(m.To) != 1 || m.To[0] != "alice@ringflow.test" || len(m.Attach) != 1 || m.Attach[0].FileID != f.ID || !strings.Contains(m.Subject, "Carla, (415) 555-0199") || !strings.Contains(m.Text, "left a voice message for Alice") {
					t.Errorf("posted %+v", m)
				}
				if err := h.store.MarkMessage(t.Context(), f.ID, false); err != nil {
					t.Fatal(err)
				}
				h.BoxChanged(alice.ID)
				lamps.shows(id, "Messages-Waiting: no", "Voice-Message: 0/1")
			})
		})
	}
}

// Whose box, and who may watch it.
func TestBoxes(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		post := &postbox{}
		h.Switchboard.Mail = post
		alice, bob := h.user("alice"), h.user("bob")
		alice.EmailAddress, bob.EmailAddress = "alice@ringflow.test", "bob@ringflow.test"
		bob.Voicemail = endpoints.Voicemail{Greeting: "Bob is out.", NoEmail: true}
		h.put(alice)
		h.put(bob)
		sales := h.put(&endpoints.Endpoint{Kind: endpoints.Team, DisplayName: "Sales", Team: &endpoints.TeamMembers{MemberIDs: []string{alice.ID, bob.ID}}})
		others := h.put(&endpoints.Endpoint{Kind: endpoints.Team, DisplayName: "Others"})
		lamps := h.lampsOf(t, "alice", "10.0.0.21")
		lamps.event = "message-summary"
		team, code := lamps.subscribes(sales.ID)
		if code != "200" {
			t.Fatalf("her team: %s", code)
		}
		for _, of := range []string{"bob", others.ID, bob.ID, endpoints.NewID(), "nobody"} {
			if _, code := lamps.subscribes(of); code != "403" {
				t.Errorf("the box of %s: %s", of, code)
			}
		}
		h.number(did, takesMessages(sales.ID)...)
		h.leaves(t, did, 600, 2*time.Second).hangUp(t)
		lamps.shows(team, "Voice-Message: 1/0")
		if m := post.posted(); len(m) != 1 || strings.Join(m[0].To, " ") != "alice@ringflow.test bob@ringflow.test" {
			t.Errorf("posted %+v", m)
		}
		h.number("+18005550101", takesMessages("bob")...)
		h.leaves(t, "+18005550101", 600, 2*time.Second).hangUp(t)
		if len(post.posted()) != 1 {
			t.Error("Bob wants no e-mail")
		}
		if said := strings.Join(h.said.texts, "|"); !strings.Contains(said, "Sales is not available.") || !strings.Contains(said, "Bob is out.") || strings.Contains(said, "Bob is not") {
			t.Errorf("said %s", said)
		}
		h.number("+18005550102", takesMessages("mallory")...)
		h.carrier.mustCall(toNumber("+18005550102")).over(t, 5*time.Second)
		logged(t, h.record(), `"mallory" is neither a user nor a team`, "no message came")
	})
}

// A message that the store can't take is not confirmed, and is there after the
// next start all the same; so is its e-mail.
func TestMessageWithoutAStore(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		alice.EmailAddress = "alice@ringflow.test"
		h.put(alice)
		h.number(did, takesMessages(alice.ID)...)
		c := h.leaves(t, did, 600, 3*time.Second)
		h.away.away.Store(true)
		c.press(t, "#")
		c.over(t, 10*time.Second)
		h.away.away.Store(false)
		if said := strings.Join(h.said.texts, "|"); strings.Contains(said, "has been saved") || !strings.Contains(said, "could not be saved") {
			t.Errorf("said %s", said)
		}
		logged(t, h.record(), "no message came", "can't be listed now")
		post := &postbox{}
		next := h.startedWith(h.image(t), post)
		if fs := next.files(); len(fs) != 1 || fs[0].UserID != alice.ID || !fs[0].Unread || len(post.posted()) != 1 || post.posted()[0].Key != fs[0].ID {
			t.Errorf("files %+v, mail %+v", fs, post.posted())
		}
	})
}

func (s *awayStore) PutFile(ctx context.Context, f *endpoints.File) error {
	if s.away.Load() {
		return errors.New("the database is away")
	}
	if steps := s.steps.Load(); steps != nil {
		(*steps)("before the row")
		defer (*steps)("after the row")
	}
	return s.Store.PutFile(ctx, f)
}

// A kill between any two steps of leaving a message loses nothing, and nothing is
// done twice: each image of the disk is one that a dead server leaves.
func TestMessageSurvivesAKill(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		alice.EmailAddress = "alice@ringflow.test"
		h.put(alice)
		h.number(did, takesMessages(alice.ID)...)
		images := map[string]string{}
		var order []string
		step := func(name string) {
			if images[name] == "" {
				images[name] = h.image(t)
				order = append(order, name)
			}
		}
		h.away.steps.Store(&step)
		h.Switchboard.Mail = &steppingMail{step: step}
		c := h.carrier.mustCall(toNumber(did))
		time.Sleep(2 * time.Second) // greeting and beep
		c.whistle(t, 600, 500*time.Millisecond)
		step("half a second")
		c.whistle(t, 600, 2500*time.Millisecond)
		step("three seconds")
		c.press(t, "#")
		c.over(t, 10*time.Second)
		step("over")
		if len(order) != 7 {
			t.Fatalf("steps: %v", order)
		}
		for _, name := range order {
			post := &postbox{}
			next := h.startedWith(images[name], post)
			time.Sleep(3 * time.Second) // its branches run
			fs, mails := next.files(), post.posted()
			kept, mailed := 1, 1
			switch name {
			case "half a second":
				kept, mailed = 0, 0
			case "over": // it was sent before
				mailed = 0
			}
			if len(fs) != kept || len(mails) != mailed {
				t.Errorf("killed %s: %d files, %d mails", name, len(fs), len(mails))
				continue
			}
			ready := next.times(t, "ready: ready is ")
			if ready != kept {
				t.Errorf("killed %s: the branch ran %d times\n%s", name, ready, logText(next.record()))
			}
			for _, f := range fs {
				if e := (ear{samples: next.sound(f.ID).Samples()}); f.Type != endpoints.VoiceMessage || !f.Unread || f.UserID != alice.ID || e.hears(600) < 2*time.Second {
					t.Errorf("killed %s: %+v, %s of sound", name, f, e.hears(600))
				}
			}
			again := next.startedWith(next.image(t), post)
			if n := len(again.files()); n != kept || len(post.posted()) != mailed || again.times(t, "ready: ready is ") != kept {
				t.Errorf("killed %s: after the next start %d files, %d mails", name, n, len(post.posted()))
			}
		}
	})
}

// steppingMail posts nothing, and tells when it is asked to.
type steppingMail struct{ step func(string) }

func (m *steppingMail) Mail(context.Context, session.Mail) error {
	m.step("before the mail")
	m.step("after the mail")
	return nil
}
