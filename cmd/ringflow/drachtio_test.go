package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// scenario is one file of the drachtio corpus and what is done with it.
type scenario struct {
	file string
	uac  *calls  // it calls us
	uas  *called // we call it
	// differs is the answer that the scenario does not expect and that we give
	// all the same; why says on what ground.
	differs string
	why     string   // of differs, or, with nothing else, why it is left out
	args    []string // of sipp
	tries   int      // of one that loses packets by lot, up to
	log     string   // stands in our session's log afterwards
	heard   string   // stands in sipp's messages afterwards
}

// calls is what the number that the scenario calls does.
type calls struct {
	flow   func(h *house, number string) []M
	callee string // a scenario of ours that answers what the flow dials
	drain  bool   // the server that is called is about to end
}

// called is how the scenario is called: by POST /sessions/outgoing, for so long.
type called struct {
	talk      float64 // seconds until we hang up
	cancelAt  string  // what it sends that makes us give up
	by        string  // a scenario of ours that calls a number whose flow dials it
	byArgs    []string
	transport string
	headers   []M
	rings     func(t *testing.T, h *house, port int) // something else that makes us ask it
}

// corpusFolder is a folder of RINGFLOW_CORPUS. Without it a test skips, but
// never in CI.
func corpusFolder(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("RINGFLOW_CORPUS")
	if root == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("RINGFLOW_CORPUS is not set: CI needs the corpora")
		}
		t.Skip("RINGFLOW_CORPUS is not set: no corpus " + name + " to run")
	}
	dir, err := filepath.Abs(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	if l, err := os.ReadDir(dir); err != nil || len(l) == 0 {
		t.Fatalf("%s is empty: %v", dir, err)
	}
	return dir
}

// The scenarios that drachtio wrote for its own server, against ours: races of
// call set-up, lost packets, long and odd headers. Each has the outcome that its
// name says, or stands in the table with the reason why not.
func TestDrachtio(t *testing.T) {
	t.Parallel()
	dir := corpusFolder(t, "drachtio-sipp")
	needProgram(t, "sipp", "sip-tester")
	all := scenarios()
	files, err := filepath.Glob(filepath.Join(dir, "*.xml"))
	more, err2 := filepath.Glob(filepath.Join(dir, "*", "*.xml"))
	if files = append(files, more...); len(files) != len(all) {
		t.Errorf("%d scenarios in %s, %d in the table: %v, %v", len(files), dir, len(all), err, err2)
	}
	for _, f := range files {
		if !slices.ContainsFunc(all, func(s scenario) bool { return filepath.Join(dir, s.file+".xml") == f }) {
			t.Errorf("%s is not in the table", f)
		}
	}
	// sipp sends no sound, for minutes.
	h := startHouse(t, "RINGFLOW_MEDIA_TIMEOUT=5m")
	// The least that RFC 4028 allows, so that refreshes come in time. There has
	// been no call yet, and no trunk from which one could come.
	h.ua.SessionExpires = 90 * time.Second
	h.trunk("Carrier", M{"allowedIps": []string{carrierHost}})
	h.number(did, h.flow("Ours", node("e", "EndNode", nil)))
	leaving := startHouse(t)
	leaving.trunk("Carrier", M{"allowedIps": []string{carrierHost}})
	leaving.ua.Drain(true)
	var g errgroup.Group
	g.SetLimit(8) // most of them wait for SIP's timers
	ran, differ, out := 0, 0, 0
	for i, s := range all {
		switch {
		case s.uac == nil && s.uas == nil:
			out++
			if s.why == "" {
				t.Errorf("%s is left out without a reason", s.file)
			}
			continue
		case s.differs != "":
			differ++
		default:
			ran++
		}
		g.Go(func() error {
			t.Run(s.file, func(t *testing.T) {
				h := h
				if s.uac != nil && s.uac.drain {
					h = leaving
				}
				for n := max(s.tries, 1); ; n-- {
					if s.run(t, h.on(t), filepath.Join(dir, s.file+".xml"), i, n == 1) {
						return
					}
				}
			})
			return nil
		})
	}
	_ = g.Wait() // subtests fail by themselves
	t.Logf("%d scenarios as they are, %d with another answer, %d left out", ran, differ, out)
	// A far end that is gone holds our BYE for 32 s (timer F).
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end) && h.ua.Stats().Dialogs > 0; {
		pause(t.Context(), 100*time.Millisecond)
	}
	h.eventually("no dialog is up", func() bool { return h.ua.Stats().Dialogs == 0 })
	h.eventually("no media port is held", func() bool { return h.engine.Ports.Stats().Held == 0 })
	h.eventually("every session is closed", func() bool {
		return !slices.ContainsFunc(h.sessions(""), func(s sessionOf) bool { return !s.Ended })
	})
	if n := h.ua.Stats().Panics; n != 0 {
		t.Errorf("%d panics", n)
	}
}

// run is false if the scenario failed and another try is left.
func (s scenario) run(t *testing.T, h *house, file string, i int, last bool) bool {
	number := fmt.Sprintf("+1800555%04d", 1000+i) // the number called, ours or another's
	var one *sipp
	if s.uac != nil {
		one = s.runCaller(t, h, file, number)
	} else {
		number = fmt.Sprintf("+1202555%04d", 1000+i)
		one = s.runCalled(t, h, file, number, i)
	}
	err := one.wait()
	messages := one.messages()
	switch {
	case s.differs != "":
		if !strings.Contains(messages, "\nSIP/2.0 "+s.differs+" ") {
			t.Errorf("we do not answer %s: %v\n%s", s.differs, err, tail([]byte(messages), 4000))
		}
	case err != nil && !last:
		return false
	default:
		one.passes()
	}
	if s.heard != "" && !strings.Contains(messages, s.heard) {
		t.Errorf("sipp heard nothing of %q:\n%s", s.heard, tail([]byte(messages), 4000))
	}
	if s.log != "" {
		digits := strings.TrimPrefix(number, "+")
		h.eventually(fmt.Sprintf("the log of a session to %s says %q", number, s.log), func() bool {
			return slices.ContainsFunc(h.sessions("to="+digits), func(x sessionOf) bool { return strings.Contains(x.text(), s.log) })
		})
	}
	return true
}

func (s scenario) runCaller(t *testing.T, h *house, file, number string) *sipp {
	if s.uac.flow != nil && len(h.sessions("to="+strings.TrimPrefix(number, "+"))) == 0 {
		h.number(number, h.flow(s.file, s.uac.flow(h, number)...))
	}
	var callee *sipp
	if s.uac.callee != "" {
		port := freePort(t)
		h.trunk(s.file, M{"host": carrierHost, "port": port, "prefixes": []string{outsideOf(number)}})
		callee = h.startSipp(t, s.uac.callee, "-p", strconv.Itoa(port))
		h.listening(carrierHost, port)
	}
	args := append([]string{"-s", number, "-d", "1000"}, s.args...)
	one := h.startSipp(t, file, args...)
	_ = one.wait()
	if callee != nil {
		callee.passes()
	}
	return one
}

// outsideOf is the outside number that the flow of number dials.
func outsideOf(number string) string { return "+1202" + strings.TrimPrefix(number, "+1800") }

func (s scenario) runCalled(t *testing.T, h *house, file, number string, i int) *sipp {
	c := s.uas
	port := freePort(t)
	if c.rings != nil {
		c.rings(t, h, port)
	}
	args := append([]string{"-p", strconv.Itoa(port)}, s.args...)
	one := h.startSipp(t, file, args...)
	transport := "udp"
	if c.transport != "" {
		transport = c.transport
		h.eventually("sipp listens", func() bool {
			conn, err := net.Dial("tcp", net.JoinHostPort(carrierHost, strconv.Itoa(port)))
			if err == nil {
				conn.Close()
			}
			return err == nil
		})
	} else {
		h.listening(carrierHost, port)
	}
	if c.rings != nil {
		return one
	}
	h.trunk(s.file, M{"host": carrierHost, "port": port, "transport": transport, "prefixes": []string{number}})
	if c.by != "" {
		ours := fmt.Sprintf("+1800555%04d", 1000+i)
		dial := M{"Destinations": destinations(number), "TimeoutInSeconds": amount(30)}
		if c.headers != nil {
			dial["Headers"] = rows(c.headers...)
		}
		h.number(ours, h.flow(s.file, node("d", "DialNode", dial)))
		h.sipp(t, c.by, append([]string{"-s", ours}, c.byArgs...)...)
		return one
	}
	id := h.post("/sessions/outgoing", M{"flowId": h.flow(s.file, node("w", "WaitNode", M{"Timeout": amount(c.talk)})), "numberToDial": number, "callerId": did})
	if c.cancelAt != "" {
		h.eventually("it sends "+c.cancelAt, func() bool { return strings.Contains(one.messages(), c.cancelAt) })
		if code, b := h.request(http.MethodDelete, "/sessions/"+id, "", nil); code/100 != 2 {
			t.Errorf("DELETE of the session: %d %s", code, b)
		}
	}
	return one
}

// wait is for the end of the scenario.
func (s *sipp) wait() error {
	err := <-s.done
	s.done <- err
	return err
}

// messages are all that went in and out, as sipp wrote them down.
func (s *sipp) messages() string {
	b, _ := os.ReadFile(filepath.Join(s.dir, "messages"))
	return strings.ReplaceAll(string(b), "\r", "")
}
