package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/endpoints/sms/smpp"
	"ringflow/endpoints/sms/smpptest"
	"ringflow/store"
)

// messagesFlag is how many texts come while the server is killed: -messages, or
// RINGFLOW_TEST_MESSAGES; the full trial has 10,000.
var messagesFlag = flag.Int("messages", 0, "texts of TestKilledWhileTextsCome; 0: RINGFLOW_TEST_MESSAGES, or 600")

func messagesWanted() int {
	if *messagesFlag > 0 {
		return *messagesFlag
	}
	if n, err := strconv.Atoi(os.Getenv("RINGFLOW_TEST_MESSAGES")); err == nil && n > 0 {
		return n
	}
	return 600
}

const (
	textsASecond = 200
	textWindow   = 50
	textKills    = 5
)

// writer is the number of the i-th who writes, ordinal the words that he does.
func writer(i int) string  { return fmt.Sprintf("+1202%07d", 2_000_000+i) }
func ordinal(i int) string { return fmt.Sprintf("text number %d", i) }

// stepsWeb is a web server that counts what it is asked, by path, with the keys that went along.
type stepsWeb struct {
	url  string
	mu   sync.Mutex
	keys map[string][]string
}

func startStepsWeb(t *testing.T) *stepsWeb {
	w := &stepsWeb{keys: map[string][]string{}}
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		from := "+" + strings.TrimSpace(r.URL.Query().Get("from")) // its plus is a space
		w.keys[from] = append(w.keys[from], r.Header.Get("Idempotency-Key"))
	}))
	t.Cleanup(s.Close)
	w.url = s.URL
	return w
}

// texting is a process whose number texts by a message centre.
func texting(t *testing.T, c *smpptest.Centre, w *stepsWeb) (p *process, settings []string, number string) {
	t.Helper()
	settings = []string{"RINGFLOW_FLOW_HTTPALLOW=127.0.0.1/32"}
	host, port := c.Start(t)
	p = startProcess(t, t.TempDir(), settings...)
	p.patch("/system/settings", M{"textsPerMinute": 60_000, "textsPerDay": 1_000_000})
	id := p.flow("Echo",
		node("h", "HttpRequestNode", M{"Url": text(w.url + "/step?from={{ Session.FromAddress }}"), "Method": text("GET"), "Success": next("s"), "On Failure": next("s")}),
		node("s", "SayNode", M{"WhatToSay": text("You wrote: {{ Session.Body }}"), "Done": next("e")}),
		node("e", "EndNode", M{"Outcome": text("answered")}),
	)
	number = p.post("/endpoints/phone-numbers", M{"accountId": p.account, "number": did, "isVirtualPhoneNumber": true, "flowId": id, "texts": M{
		"carrier": "Smpp", "host": host, "port": port, "systemId": c.SystemID, "password": c.Password, "window": textWindow, "textsPerMinute": 60_000, "fullReference": true,
	}})
	return p, settings, number
}

func textTo(did, from, words string) smpp.Message {
	return smpp.Message{Source: smpp.Address{TON: 1, NPI: 1, Addr: from[1:]}, Dest: smpp.Address{TON: 1, NPI: 1, Addr: did[1:]}, Short: []byte(words)}
}

// Texts come at 200 a second while the server is killed five times. Each that it said
// to have is run once to its end; no step with an effect is begun twice; each
// answer reaches the message centre with its id.
func TestKilledWhileTextsCome(t *testing.T) {
	t.Parallel()
	n := messagesWanted()
	c := &smpptest.Centre{SystemID: "ring", Password: "flow"}
	w := startStepsWeb(t)
	p, settings, number := texting(t, c, w)
	limit := time.Duration(n)*100*time.Millisecond + 10*time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if _, err := c.Bound(ctx); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	has := 0
	accepted := make([]bool, n)
	more := make(chan struct{}, 1)
	flooded := make(chan struct{})
	began := time.Now()
	var busy time.Duration // of the processor, in all lives of the server
	go func() {
		defer close(flooded)
		c.Flood(ctx, n, textsASecond, textWindow, func(i int) smpp.Message { return textTo(did, writer(i), ordinal(i)) }, func(i int, err error) {
			if err != nil {
				t.Errorf("%s: %v", ordinal(i), err)
				return
			}
			mu.Lock()
			has++
			accepted[i] = true
			mu.Unlock()
			select {
			case more <- struct{}{}:
			default:
			}
		})
	}()
	for kill := 1; kill <= textKills; kill++ {
		for reached := false; !reached; {
			select {
			case <-more:
			case <-ctx.Done():
				t.Fatalf("after %s %d of %d texts are accepted", limit, has, n)
			}
			mu.Lock()
			reached = has >= kill*n/(textKills+1)
			mu.Unlock()
		}
		p.kill()
		busy += p.cpu()
		p = p.again(settings...)
	}
	<-flooded
	t.Logf("%d of %d texts were accepted within %s, with %d kills", has, n, time.Since(began).Round(time.Millisecond), textKills)
	answers := c.Wait(ctx, n)
	for seen := map[string]bool{}; ; answers = c.Wait(ctx, len(answers)+1) { // some left twice
		for _, a := range answers {
			seen[a.Dest.Addr] = true
		}
		if len(seen) == n || ctx.Err() != nil {
			break
		}
	}
	t.Logf("%d answers came within %s", len(answers), time.Since(began).Round(time.Millisecond))
	p.eventually("all is sent and noted", func() bool {
		return p.metric(`ringflow_outbox_queued{channel="smpp"}`) == "0"
	})
	p.signal(syscall.SIGTERM)
	p.exits(0)
	busy += p.cpu()
	t.Logf("the server had the processor for %s, %.2f ms a text with its starts", busy.Round(time.Millisecond), float64(busy.Microseconds())/1000/float64(n))
	checkTexts(t, p.data, number, accepted, answers, w)
}

// checkTexts compares what the message centre knows with what the server has kept.
func checkTexts(t *testing.T, data, number string, accepted []bool, answers []smpptest.Submit, w *stepsWeb) {
	t.Helper()
	ctx := t.Context()
	db, err := store.Open(ctx, store.Options{Dir: data})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all, _, err := db.Messages(ctx, endpoints.MessageFilter{List: endpoints.List{All: true}, EndpointIDs: []string{number}})
	if err != nil {
		t.Fatal(err)
	}
	in, out := map[string][]*endpoints.Message{}, map[string][]*endpoints.Message{}
	for _, m := range all {
		if m.Direction == endpoints.MessageIn {
			in[m.OtherAddress] = append(in[m.OtherAddress], m)
		} else {
			out[m.OtherAddress] = append(out[m.OtherAddress], m)
		}
	}
	left := map[string]map[string]int{} // by destination and id: how often
	for _, a := range answers {
		to, id := "+"+a.Dest.Addr, a.TLVs.Text(smpp.TagReference)
		if left[to] == nil {
			left[to] = map[string]int{}
		}
		left[to][id]++
	}
	if len(left) != len(accepted) {
		t.Errorf("answers reached %d numbers, and %d have written", len(left), len(accepted))
	}
	executions, repeated, notSent, steps := map[string]bool{}, 0, 0, 0
	fail := func(i int, format string, a ...any) {
		t.Helper()
		t.Errorf("%s of %s: %s", ordinal(i), writer(i), fmt.Sprintf(format, a...))
	}
	for i, taken := range accepted {
		who := writer(i)
		if !taken {
			fail(i, "it was never accepted")
			continue
		}
		if len(in[who]) != 1 || in[who][0].Text != ordinal(i) {
			fail(i, "it is kept %d times", len(in[who]))
			continue
		}
		session := in[who][0].SessionID
		r, err := db.Record(ctx, session)
		switch {
		case err != nil:
			fail(i, "its session: %v", err)
		case executions[session]:
			fail(i, "its session is another text's, too")
		case r.Ended.IsZero() || r.Outcome != "answered":
			fail(i, "its session %s ended at %s by %q", session, r.Ended, r.Outcome)
		}
		executions[session] = true
		keys := w.keys[who]
		if len(keys) > 1 || len(keys) == 1 && !strings.HasPrefix(keys[0], session) {
			fail(i, "the step was begun %d times, with the keys %v", len(keys), keys)
		}
		if steps += len(keys); len(keys) == 0 {
			notSent++ // the server died between the note and the request
		}
		if len(out[who]) != 1 || out[who][0].Text != "You wrote: "+ordinal(i) {
			fail(i, "there are %d answers", len(out[who]))
			continue
		}
		answer := out[who][0]
		if times := left[who][answer.ID]; times == 0 || len(left[who]) != 1 {
			fail(i, "the answer %s reached the message centre %d times; it got %v", answer.ID, times, left[who])
		} else if repeated += times - 1; answer.State != endpoints.MessageSent || answer.RemoteID == "" {
			fail(i, "the answer is %s, its id there %q", answer.State, answer.RemoteID)
		}
	}
	if _, records, err := db.Records(ctx, store.RecordFilter{EndpointIDs: []string{number}}); err != nil || records != len(accepted) {
		t.Errorf("there are %d sessions of %d texts, %v", records, len(accepted), err)
	}
	t.Logf("%d texts, %d executions, %d steps begun (%d not, for a kill), %d answers, %d of them more than once", len(accepted), len(executions), steps, notSent, len(answers), repeated)
	if notSent > textKills*textWindow {
		t.Errorf("%d steps were never begun: more than were at work at %d kills", notSent, textKills)
	}
}
