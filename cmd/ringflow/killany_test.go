package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// ask is a request to a server that may die meanwhile.
func ask(c apiClient, method, path, contentType string, body io.Reader) ([]byte, error) {
	req, err := http.NewRequest(method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %s %s", method, path, res.Status, b)
	}
	return b, err
}

// clerk uploads files and deletes every second one, until the server dies. It knows
// what it was told.
type clerk struct {
	client  apiClient
	account string
	kept    []string // told to be there; of those whose deletion was not asked for
	gone    []string // told to be deleted
	message string   // a voice message that was seen
}

// works returns when the server is dead.
func (c *clerk) works(upload []byte, known []string) {
	for i := 0; ; i++ {
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		_ = w.WriteField("accountId", c.account)
		part, _ := w.CreateFormFile("file", "upload.wav")
		_, _ = part.Write(upload)
		_ = w.Close()
		b, err := ask(c.client, http.MethodPost, "/files", w.FormDataContentType(), &form)
		var f struct{ ID string }
		if err != nil || json.Unmarshal(b, &f) != nil {
			return
		}
		if i%2 == 0 {
			c.kept = append(c.kept, f.ID)
		} else if _, err := ask(c.client, http.MethodDelete, "/files/"+f.ID, "", nil); err != nil {
			return
		} else {
			c.gone = append(c.gone, f.ID)
		}
		var all struct{ Items []struct{ ID string } }
		if b, err = ask(c.client, http.MethodGet, "/files?all=true&type=VoiceMessage", "", nil); err != nil || json.Unmarshal(b, &all) != nil {
			return
		}
		for _, f := range all.Items {
			if !slices.Contains(known, f.ID) {
				c.message = f.ID
			}
		}
	}
}

// kill -9 at any moment while a message is left and files come and go by the API: what
// anybody was told is so, each message has gone out once, the lamp is right, and of
// nothing else there is anything left.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	together(t, []uint64{0, 1, 2}, func(n uint64) string { return fmt.Sprint("run ", n) }, func(t *testing.T, of uint64) {
		random := rand.New(rand.NewPCG(seed, of))
		m := startMortal(t)
		m.takesMessages()
		for i := range 6 {
			after := time.Duration(random.Int64N(int64(3500 * time.Millisecond)))
			again := time.Duration(random.Int64N(int64(600*time.Millisecond))) * time.Duration(i%2)
			m.anyMoment(after, again, tone(600, 100*time.Millisecond))
		}
		pause(t.Context(), 2*time.Second)
		m.web.mu.Lock()
		defer m.web.mu.Unlock()
		if len(m.web.twice) > 0 { // one that was at work runs from its beginning, but in another life
			t.Errorf("one life of the server has run these branches more than once: %v", m.web.twice)
		}
		if n := len(m.mails()); n != len(m.left) {
			t.Errorf("%d e-mails came of %d messages", n, len(m.left))
		}
	})
}

// anyMoment kills the server so long after a call has begun, and once more, again after
// its next start has begun; 0: not.
func (m *mortal) anyMoment(after, again time.Duration, upload []byte) {
	t, when := m.t, fmt.Sprintf("killed after %s and %s", after, again)
	c := &clerk{client: m.house.api, account: m.account}
	var busy sync.WaitGroup
	busy.Go(func() { c.works(upload, m.left) })
	var hangUp func()
	busy.Go(func() {
		leg, port, err := m.caller.phone.dial(t.Context(), did, "+12025550143")
		if err != nil {
			hangUp = func() {}
			return // it was dead before
		}
		hangUp = m.speaks(leg, port)
		pause(t.Context(), 1800*time.Millisecond) // greeting, beep, and a second: or nothing is kept, which is as well
		pressesHash(port)
	})
	pause(t.Context(), after)
	m.kill()
	if again > 0 {
		m.web.begins()
		begins := launch(t, m.data, m.sameAddresses(m.settings)...)
		pause(t.Context(), again)
		begins.kill()
	}
	m.lives()
	busy.Wait()
	hangUp()
	m.isOver(when)

	ids := m.files()
	for _, id := range c.kept {
		if !slices.Contains(ids, id) {
			t.Errorf("%s: the upload %s is lost", when, id)
		} else if !bytes.Equal(m.content(id), upload) {
			t.Errorf("%s: the upload %s is another one", when, id)
		}
	}
	for _, id := range c.gone {
		if slices.Contains(ids, id) {
			t.Errorf("%s: the upload %s is back", when, id)
		}
	}
	var box struct{ Items []struct{ ID string } }
	m.get("/files?all=true&type=VoiceMessage", &box)
	for _, f := range box.Items {
		if !slices.Contains(m.left, f.ID) {
			m.left = append(m.left, f.ID)
			if wav := m.content(f.ID); level(wav, m.caller.hz) < 0.5 {
				t.Errorf("%s: %.2f of what is heard in %s is the caller's", when, level(wav, m.caller.hz), f.ID)
			}
		}
	}
	if len(box.Items) != len(m.left) {
		t.Errorf("%s: there are %d messages, %d were left", when, len(box.Items), len(m.left))
	}
	if c.message != "" && !slices.Contains(m.left, c.message) {
		t.Errorf("%s: the message %s is lost", when, c.message)
	}
	m.lampShows(when, fmt.Sprintf("%d/0", len(m.left)))
	for _, id := range m.left {
		m.eventually(when+": the branch has run", func() bool { return m.web.times(id) > 0 })
	}
	m.eventually(when+": the e-mails have come", func() bool { return len(m.mails()) >= len(m.left) })
	m.nothingElse(when)
}
