package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ringflow/endpoints"
)

// example uploads a flow of the examples.
func (h *house) example(name string) string {
	h.t.Helper()
	raw, err := os.ReadFile("../../testdata/flows/examples/" + name + ".json")
	if err != nil {
		h.t.Fatal(err)
	}
	var body map[string]json.RawMessage
	if err := json.Unmarshal(raw, &body); err != nil {
		h.t.Fatal(err)
	}
	body["accountId"], _ = json.Marshal(h.account)
	return h.post("/flows", body)
}

// textHouse is a server with one number and three trunks, by each of which texts come to it.
type textHouse struct {
	*house
	sip    *texter
	twilio *twilioCarrier
	hook   *hookCarrier
	number string // endpoint id
}

func startTextHouse(t *testing.T, flow func(*house) string, more M, settings ...string) *textHouse {
	t.Helper()
	h := startHouse(t, append(slices.Clone(textSettings), settings...)...)
	return h.texting(t, flow(h), more)
}

// textSettings are those of a server that carriers of texts on this machine know.
var textSettings = []string{"RINGFLOW_FLOW_HTTPALLOW=127.0.0.1/32", "RINGFLOW_HTTP_PUBLICURL=" + publicURL}

// texting gives a server the number, with its flow, and the trunks.
func (h *house) texting(t *testing.T, flow string, more M) *textHouse {
	t.Helper()
	x := &textHouse{house: h, twilio: newTwilio(t, h), hook: newHook(t, h)}
	port := freePort(t)
	h.trunk("Carrier", M{"host": carrierHost, "port": port, "allowedIps": []string{carrierHost}})
	x.sip = h.newTexter(t, carrierHost, port, phoneAccount{})
	x.twilio.id = h.trunk("Texts of Twilio's", M{"texts": x.twilio.account()})
	x.hook.id = h.trunk("Texts by a webhook", M{"texts": x.hook.account()})
	body := M{"accountId": h.account, "number": did, "displayName": "Dr. Ray", "isVirtualPhoneNumber": true, "flowId": flow}
	for k, v := range more {
		body[k] = v
	}
	x.number = h.post("/endpoints/phone-numbers", body)
	return x
}

// wayOfTexts is a carrier's side: it writes, and gets what is answered.
type wayOfTexts interface {
	write(from, to, words string, media ...string)
	texts() []string
}

// hears waits until the party was told these words by the carrier, and wants no others.
func (x *textHouse) hears(way wayOfTexts, party string, words ...string) {
	x.t.Helper()
	var got []string
	prefix := did + " " + party + ": "
	so := func() bool {
		got = nil
		for _, line := range way.texts() {
			if text, ok := strings.CutPrefix(line, prefix); ok {
				got = append(got, text)
			}
		}
		return len(got) >= len(words)
	}
	for end := time.Now().Add(40 * time.Second); !so(); pause(x.t.Context(), 20*time.Millisecond) {
		if time.Now().After(end) {
			x.t.Fatalf("%s was told %q, not %q; all: %q", party, got, words, way.texts())
		}
	}
	if !slices.Equal(got, words) {
		x.t.Fatalf("%s was told %q, want %q", party, got, words)
	}
}

// bookings is a web server that has a time for every day.
func bookings(t *testing.T) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ From, Day string }
		if json.NewDecoder(r.Body).Decode(&asked) != nil || asked.Day != "1124" {
			w.WriteHeader(http.StatusConflict)
			return
		}
		_, _ = io.WriteString(w, `{"time": "half past nine"}`)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// One flow of one number books by SIP MESSAGE, in Twilio's form, by a plain webhook and on a
// call; it is told of files, and by receipts of what has arrived.
func TestTextsRunOneFlow(t *testing.T) {
	url := bookings(t)
	x := startTextHouse(t, func(h *house) string { return h.example("appointment-bot") }, booksAt(url))
	x.books(t)
}

// booksAt tells the example where it books.
func booksAt(url string) M { return M{"flowParams": M{"Url": M{"stringValue": url}}} }

// books writes by each of the carriers, and calls.
func (x *textHouse) books(t *testing.T) {
	const (
		menu = "Press or write 1 to book an appointment, 2 to cancel yours, 3 for a person."
		day  = "Which day? Four digits, month and day: 1124 is the 24th of November."
	)
	for i, c := range []struct {
		name     string
		way      wayOfTexts
		channel  endpoints.Channel
		media    []string
		state    endpoints.MessageState
		complain func(*testing.T)
	}{
		{"SIP", x.sip, endpoints.SIPText, nil, endpoints.MessageSent, func(*testing.T) {}},
		{"Twilio", x.twilio, endpoints.Twilio, []string{"a.jpg"}, endpoints.MessageDelivered, x.twilio.wants},
		{"Webhook", x.hook, endpoints.HTTPText, []string{"b.jpg"}, endpoints.MessageDelivered, x.hook.wants},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := *x
			x.house = x.on(t)
			who := writer(i)
			c.way.write(who, did, "hello", c.media...)
			x.hears(c.way, who, menu)
			c.way.write(who, did, "Book")
			x.hears(c.way, who, menu, day)
			c.way.write(who, did, "1124")
			x.hears(c.way, who, menu, day, "See you at half past nine.", "Goodbye.")
			c.complain(t)
			x.eventually("all is told to have come", func() bool {
				n := 0
				for _, m := range x.kept(x.number, who) {
					if m.Direction == endpoints.MessageOut && m.State == c.state && m.Channel == c.channel {
						n++
					}
				}
				return n == 4
			})
			first := x.kept(x.number, who)[0]
			if len(first.Files) != len(c.media) {
				t.Fatalf("the files are %+v", first.Files)
			}
			for _, f := range first.Files {
				x.sameFile(f, picture)
			}
		})
	}
	t.Run("Call", func(t *testing.T) {
		x := *x
		x.house = x.on(t)
		x.booksOnACall(t)
	})
}

// sameFile wants a stored file to be this picture.
func (h *house) sameFile(f endpoints.MessageFile, want []byte) {
	h.t.Helper()
	b, _, err := h.blobs.Open(f.FileID)
	if err != nil {
		h.t.Fatal(err)
	}
	defer b.Close()
	if got, err := io.ReadAll(b); err != nil || string(got) != string(want) || f.ContentType != "image/jpeg" || filepath.Ext(f.Name) != ".jpg" {
		h.t.Errorf("the file %+v is %q, %v", f, got, err)
	}
}

// booksOnACall presses what others wrote, and gets the booking as a text, too.
func (x *textHouse) booksOnACall(t *testing.T) {
	const caller = "+12025550143"
	e := newEar(t, "127.0.0.1", callerHz)
	leg, err := x.listener(t, carrierHost, phoneAccount{}).hear(t.Context(), did, caller, e)
	if err != nil {
		t.Fatal(err)
	}
	logged := func(what string) {
		t.Helper()
		x.eventually(what, func() bool {
			return slices.ContainsFunc(x.sessions("channel=Voice"), func(s sessionOf) bool { return strings.Contains(s.text(), what) })
		})
	}
	press := func(digits string) {
		t.Helper()
		for _, d := range digits {
			if err := leg.Info(t.Context(), "application/dtmf-relay", []byte("Signal="+string(d)+"\r\nDuration=160\r\n")); err != nil {
				t.Fatal(err)
			}
		}
	}
	logged(`said "Welcome to Dr. Ray."`)
	press("1")
	logged("heard 1: Book")
	press("1124")
	heard, err := e.over(leg)
	if err != nil {
		t.Fatal(err)
	}
	hearsText(t, "the caller", heard, "", []string{"Welcome to Dr. Ray.", "See you at half past nine.", "Goodbye."}, false)
	x.hears(x.sip, caller, "Dr. Ray: your appointment is on 11/24 at half past nine.")
}

// What a call is told and where it goes, a text is answered (product scenario 6): by sipp, which
// plays the carrier.
func TestCallsRingAndTextsAreAnswered(t *testing.T) {
	h, port := carrierHouse(t)
	h.number(did, h.flow("Text or call",
		node("c", "ChannelSelectorNode", M{"Voice": next("d"), "Chat": next("s")}),
		node("d", "DialNode", M{"Destinations": destinations("+12025550199")}),
		node("s", "SayNode", M{"WhatToSay": text("You wrote: {{ Session.Body }}")})))
	p := strconv.Itoa(port)
	t.Run("text", func(t *testing.T) {
		h := h.on(t)
		carrier := h.startSipp(t, "uas-message", "-p", p)
		h.listening(carrierHost, port)
		h.sipp(t, "uac-message", "-s", did, "-key", "words", "Are you open?")
		carrier.passes()
		got, _ := os.ReadFile(filepath.Join(carrier.dir, "messages"))
		if m := string(got); !strings.Contains(m, "You wrote: Are you open?") || !regexp.MustCompile(`P-Asserted-Identity: <sip:\`+did).MatchString(m) {
			t.Errorf("the carrier got\n%s", m)
		}
	})
	t.Run("call", func(t *testing.T) {
		h := h.on(t)
		callee := h.startSipp(t, "uas-answer", "-p", p)
		h.listening(carrierHost, port)
		h.sipp(t, "uac-bye", "-s", did, "-d", "300")
		callee.passes()
	})
}
