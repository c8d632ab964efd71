package main

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// posts a body under an Idempotency-Key; 0: the server died over it.
func (p *process) posts(path, key, body string) (status int, answer struct{ ID string }) {
	p.t.Helper()
	req, err := http.NewRequest(http.MethodPost, p.house.api.base+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.SetBasicAuth("admin@ringflow.local", "correct horse") // keys are a login's
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, answer
	}
	defer res.Body.Close()
	_ = json.NewDecoder(res.Body).Decode(&answer) // of an error there is no id
	return res.StatusCode, answer
}

// kill -9 while a call is asked for under an Idempotency-Key: before its session is kept,
// after that, and when the phone rings. Asked again, the server tells of the same session,
// and the phone has been rung once at most: once where nothing was kept.
func TestKilledWhileACallIsAskedFor(t *testing.T) {
	t.Parallel()
	settings := []string{stepsIn + "=1"}
	p := startProcess(t, t.TempDir(), settings...)
	port := freePort(t)
	p.trunk("Carrier", M{"host": carrierHost, "port": port, "allowedIps": []string{carrierHost}})
	flow := p.flow("Waits", node("w", "WaitNode", M{"Timeout": amount(60)}))
	p.number(did, flow)
	r := p.ringerAt(t, carrierHost, uint16(port), phoneAccount{})
	for i, c := range []struct {
		step  string // "" : when it rings
		rings int    // in all
	}{{"before the session is kept", 1}, {"after the session is kept", 0}, {"", 1}} {
		key, rung := "call-"+strconv.Itoa(i), 0
		body := `{"flowId":"` + flow + `","numberToDial":"+1202555019` + strconv.Itoa(i) + `","callerId":"` + did + `"}`
		if c.step != "" {
			p.diesAt(c.step)
		}
		status, first := p.posts("/sessions/outgoing", key, body)
		if c.step != "" {
			p.hasDied(c.step)
		} else {
			nextLeg(t, "the phone", r.rings)
			rung++
			p.kill()
		}
		p = p.again(settings...)
		again, second := p.posts("/sessions/outgoing", key, body)
		if again != http.StatusOK || second.ID == "" || first.ID != "" && first.ID != second.ID {
			t.Errorf("%s: first %d %s, then %d %s", c.step, status, first.ID, again, second.ID)
		}
		if third, same := p.posts("/sessions/outgoing", key, body); third != http.StatusOK || same.ID != second.ID {
			t.Errorf("%s: a third time %d %s, not %s", c.step, third, same.ID, second.ID)
		}
		if c.rings > rung {
			nextLeg(t, "the phone, after the restart", r.rings)
			rung++
		}
		for end := time.Now().Add(2 * time.Second); time.Now().Before(end); pause(t.Context(), 50*time.Millisecond) {
			for ; len(r.rings) > 0; rung++ {
				<-r.rings
			}
		}
		if rung != c.rings {
			t.Errorf("%s: the phone was rung %d times, not %d", c.step, rung, c.rings)
		}
		if n := len(p.sessions("to=1202555019" + strconv.Itoa(i))); n != 1 {
			t.Errorf("%s: there are %d sessions", c.step, n)
		}
	}
}

// kill -9 while something is made under an Idempotency-Key: asked again, it is the same one,
// or made if it wasn't, or the server says that it can't tell. There are never two.
func TestKilledWhileACustomerIsMade(t *testing.T) {
	t.Parallel()
	settings := []string{}
	p := startProcess(t, t.TempDir(), settings...)
	for i := range 6 {
		name := "Customer " + strconv.Itoa(i)
		body := `{"accountId":"` + p.account + `","name":"` + name + `"}`
		type got struct {
			status int
			id     string
		}
		answered := make(chan got, 1)
		go func() {
			status, a := p.posts("/customers", name, body)
			answered <- got{status, a.ID}
		}()
		select { // at another moment of it each time; after it, the last time
		case first := <-answered:
			answered <- first
		case <-time.After(time.Duration(i*i) * time.Millisecond):
		}
		p.kill()
		first := <-answered
		p = p.again(settings...)
		status, second := p.posts("/customers", name, body)
		var list struct{ Items []struct{ ID string } }
		p.get("/customers?nameFilter="+strings.ReplaceAll(name, " ", "%20"), &list)
		switch n := len(list.Items); {
		case n > 1, status == http.StatusOK && (n != 1 || list.Items[0].ID != second.ID),
			status != http.StatusOK && status != http.StatusConflict, first.status == http.StatusOK && (status != http.StatusOK || first.id != second.ID):
			t.Errorf("%s: first %v, then %d %s; there are %v", name, first, status, second.ID, list.Items)
		}
	}
}
