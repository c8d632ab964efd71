package session_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/media"
	"ringflow/session"
)

// transcriber is a recogniser of recordings alone.
type transcriber func(ctx context.Context) (string, error)

func (transcriber) Able() bool { return true }

func (transcriber) Understand(context.Context, *media.Clip, []string) (string, error) {
	return "", errors.New("it hears no callers")
}

func (f transcriber) Transcribe(ctx context.Context, open func() (*media.Clip, error)) (string, error) {
	if _, err := open(); err != nil {
		return "", err
	}
	return f(ctx)
}

// takesTime is a recogniser that works for so long.
func takesTime(d time.Duration, text string, err error) transcriber {
	return func(ctx context.Context) (string, error) {
		select {
		case <-time.After(d):
			return text, err
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
}

// writesDown is takesMessages, with Transcribe.
func writesDown(owner string) []node {
	nodes := takesMessages(owner)
	nodes[0].in["Transcribe"] = true
	return nodes
}

// A message that is to be transcribed is confirmed at once; its e-mail waits for the
// text, but not for ever.
func TestMessageTranscribed(t *testing.T) {
	for name, c := range map[string]struct {
		ears  session.Listener
		after time.Duration // the e-mail
		text  string
		log   string
	}{
		"transcribed": {takesTime(time.Minute, "please call me back", nil), time.Minute, "please call me back", "The message is transcribed: 19 characters"},
		"nothing":     {takesTime(time.Minute, "", nil), time.Minute, "", "Nothing was understood of what is said in the message"},
		"it fails":    {takesTime(time.Second, "", errors.New("the service is away")), time.Second, "", "The message can't be transcribed: the service is away"},
		"it hangs":    {takesTime(time.Hour, "too late", nil), 15 * time.Minute, "", "The message can't be transcribed: no transcription within 15m"},
		"by nobody":   {nil, 0, "", "The message can't be transcribed: no speech recogniser is set up"},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				post := &postbox{}
				h.Switchboard.Mail, h.Switchboard.Ears = post, c.ears
				alice := h.user("alice")
				alice.EmailAddress = "alice@ringflow.test"
				h.put(alice)
				h.number(did, writesDown(alice.ID)...)
				call := h.leaves(t, did, 600, 3*time.Second)
				call.press(t, "#")
				pressed := time.Now()
				call.over(t, 10*time.Second) // told that it is saved, and hung up
				over := time.Since(pressed)
				if c.after > over {
					if n := len(post.posted()); n != 0 || len(h.files()) != 1 {
						t.Fatalf("%d files, %d mails at once", len(h.files()), n)
					}
					time.Sleep(c.after)
				}
				logged(t, h.record(), "done with it", c.log)
				fs, m := h.files(), post.posted()
				if len(fs) != 1 || len(m) != 1 || m[0].Key != fs[0].ID || fs[0].Transcription != c.text {
					t.Fatalf("files %+v, mail %+v", fs, m)
				}
				said := strings.Contains(m[0].Text, "What was said: please call me back\n")
				if said != (c.text != "") || strings.Contains(m[0].Text, "What was said") != said {
					t.Errorf("the e-mail says %q", m[0].Text)
				}
				time.Sleep(time.Hour)
				next := h.startedWith(h.image(t), post) // nothing is left of it
				if len(next.files()) != 1 || len(post.posted()) != 1 {
					t.Errorf("after the next start %d files, %d mails", len(next.files()), len(post.posted()))
				}
			})
		})
	}
}

// A message that its owner deletes while it is transcribed is not sent any more.
func TestMessageDeletedMeanwhile(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		post := &postbox{}
		h.Switchboard.Mail, h.Switchboard.Ears = post, takesTime(time.Minute, "please call me back", nil)
		alice := h.user("alice")
		alice.EmailAddress = "alice@ringflow.test"
		h.put(alice)
		h.number(did, writesDown(alice.ID)...)
		h.leaves(t, did, 600, 3*time.Second).hangUp(t)
		time.Sleep(time.Second)
		if err := h.store.DeleteFile(t.Context(), h.files()[0].ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		logged(t, h.record(), "deleted before it was sent by e-mail")
		if len(post.posted()) != 0 {
			t.Errorf("posted %+v", post.posted())
		}
	})
}

// keyedPost is what an outbox does: an e-mail whose key it knows is not sent again.
type keyedPost struct{ postbox }

func (p *keyedPost) Mail(ctx context.Context, m session.Mail) error {
	if slices.ContainsFunc(p.posted(), func(o session.Mail) bool { return o.Key == m.Key }) {
		return nil
	}
	return p.postbox.Mail(ctx, m)
}

// A kill at any point between message and e-mail: the next start transcribes and
// sends, once; one that dies of transcribing again and again sends without.
func TestTranscriptionSurvivesAKill(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		alice := h.user("alice")
		alice.EmailAddress = "alice@ringflow.test"
		h.put(alice)
		h.number(did, writesDown(alice.ID)...)
		images := map[string]string{}
		var order []string
		var dir, deaf string
		var mu sync.Mutex
		step := func(name string) {
			mu.Lock()
			defer mu.Unlock()
			if images[name] == "" {
				images[name] = h.image(t)
				order = append(order, name)
			}
		}
		h.away.steps.Store(&step)
		h.Switchboard.Mail = &steppingMail{step: step}
		h.Switchboard.Ears = transcriber(func(context.Context) (string, error) {
			step("transcribing")
			mu.Lock()
			defer mu.Unlock()
			dir, deaf = h.image(t), h.image(t)
			return "please call me back", nil
		})
		h.leaves(t, did, 600, 3*time.Second).hangUp(t)
		time.Sleep(time.Second)
		step("over")
		mu.Lock()
		defer mu.Unlock()
		if strings.Join(order, ", ") != "before the row, after the row, transcribing, before the mail, after the mail, over" {
			t.Fatalf("steps: %v", order)
		}
		const heard = "What was said: please call me back\n"
		for _, name := range order {
			var asked atomic.Int32
			post := &keyedPost{}
			sent := 1
			if name == "over" { // it was sent before
				sent = 0
			}
			start := func(dir string, e session.Listener) *house {
				next := &house{t: h.t, net: h.net, said: &speaker{}, post: post, ears: e}
				next.build(newEngine(t, h.net, serverHost), dir)
				time.Sleep(3 * time.Second)
				return next
			}
			next := start(images[name], transcriber(func(context.Context) (string, error) {
				asked.Add(1)
				return "please call me back", nil
			}))
			fs, m := next.files(), post.posted()
			if len(fs) != 1 || fs[0].Type != endpoints.VoiceMessage || fs[0].Transcription != "please call me back" || len(m) != sent {
				t.Errorf("killed %s: files %+v, mail %+v", name, fs, m)
				continue
			}
			if sent == 1 && !strings.Contains(m[0].Text, heard) {
				t.Errorf("killed %s: the e-mail says %q", name, m[0].Text)
			}
			before := asked.Load()
			if start(next.image(t), takesTime(0, "again", nil)); len(post.posted()) != sent || before > 1 {
				t.Errorf("killed %s: asked %d times, after the next start %d mails", name, before, len(post.posted()))
			}
		}
		post := &keyedPost{}
		for range 2 { // each start dies of it
			next := &house{t: h.t, net: h.net, said: &speaker{}, post: post, ears: takesTime(time.Hour, "", nil)}
			next.build(newEngine(t, h.net, serverHost), dir)
			time.Sleep(3 * time.Second)
			if n := len(post.posted()); n != 0 {
				t.Fatalf("%d mails while it is transcribed", n)
			}
			dir = next.image(t)
		}
		last := h.startedWith(dir, post)
		if m := post.posted(); len(m) != 1 || strings.Contains(m[0].Text, "What was said") || len(last.files()) != 1 {
			t.Errorf("after two starts that died of it: %+v", m)
		}
		without := &postbox{} // the recogniser is gone meanwhile
		h.startedWith(deaf, without)
		time.Sleep(time.Second)
		if m := without.posted(); len(m) != 1 || strings.Contains(m[0].Text, "What was said") {
			t.Errorf("without a recogniser: %+v", m)
		}
	})
}
