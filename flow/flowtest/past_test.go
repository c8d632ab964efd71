package flowtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func pastOf(t *testing.T, s *Story, r *Report) Past {
	t.Helper()
	raw, err := os.ReadFile(s.flowFile())
	if err != nil {
		t.Fatal(err)
	}
	p := Past{ID: "1", Flow: s.Flow, Raw: raw, Outcome: r.Result.Outcome, Session: map[string]string{"FromAddress": r.Session.FromAddress, "FromName": r.Session.FromName, "ToAddress": r.Session.ToAddress, "Destination": r.Session.Destination, "Channel": r.Session.Channel, "Direction": r.Session.Direction}}
	for _, l := range r.Transcript {
		at, text, _ := strings.Cut(strings.TrimSpace(l), "  ")
		d, err := time.ParseDuration(at + "s")
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(text, "the caller ") { // no log has this
			continue
		}
		p.Log = append(p.Log, LogLine{s.At.Add(d), text})
	}
	return p
}

// tooLittle are calls of which the log tells too little for a story: what was
// out of order, what a condition was about, the zone of a clock.
var tooLittle = map[string]bool{
	// a condition over several fields
	"expression.yaml: both hold": true,
	"expression.yaml: the second does not; text is read as a number there":   true,
	"expression.yaml: an expression that asks text for a number fails":       true,
	"vip.yaml: known from before":                                            true,
	"vip.yaml: nobody of the priority team is there, and nobody at the desk": true,
	"call-screening.yaml: a known number rings at once":                      true,
	"call-screening.yaml: a known number rings, and nobody is there":         true,
	"call-screening.yaml: a refused number is declined, unheard":             true,
	// a value that goes into a mapping or a list of rows
	"http.yaml: a mapping that can't be computed; what came before it is kept": true,
	"http.yaml: headers from elsewhere":                                        true,
	// more of a list than a line shows, or a struct
	"limits.yaml: one more":                                          true,
	"convert.yaml: a struct is one item":                             true,
	"convert.yaml: how values show":                                  true,
	"dial-by-name.yaml: no name is taken":                            true,
	"dial-by-name.yaml: on the list, and no user any more":           true,
	"emergency.yaml: two are called, both confirm":                   true,
	"emergency.yaml: only who has not confirmed is called again":     true,
	"emergency.yaml: one is missing, whose mailbox answers":          true,
	"emergency.yaml: said anew, then cancelled":                      true,
	"emergency.yaml: nothing is said":                                true,
	"emergency.yaml: the warden hangs up, and nobody else is called": true,
	"on-call-list.yaml: a list with rows, as the API keeps it":       true,
	// a parameter that is empty, and one that was not read
	"find-me.yaml: without a mobile phone the partner is next":                                   true,
	"appointment-bot.yaml: an appointment is cancelled by a call, and the office has no address": true,
	// two nodes of one name, which a log does not tell apart
	"named.yaml: of several nodes with one name the last that ran; by its id each; one without a name by its id only": true,
	// secret digits that are different ones each time, or are held against what is no secret
	"pin.yaml: six digits are enough, without hash": true,
	"pin-line.yaml: wrong twice, then right":        true,
	// an agent who is set and looked for again
	"agents.yaml: a user sets himself ready, and then somebody is there": true,
	// the account's time zone
	"after-hours.yaml: a second before five it is still open; nobody answers, and a message is passed on": true,
	"after-hours.yaml: a second before it does not":                                                       true,
	"after-hours.yaml: a night shift that began on Friday":                                                true,
}

// computed are files of stories in which each value is computed from fields
// that no log names, or of boxes whose messages no log lists.
var computed = map[string]bool{"mailbox.yaml": true, "messages.yaml": true, "wrong-messages.yaml": true, "wrong.yaml": true, "wrong-http.yaml": true, "wrong-dial.yaml": true, "wrong-queue.yaml": true, "wrong-calls.yaml": true, "wrong-voice.yaml": true, "wrong-bounds.yaml": true}

// TestPast makes stories of the logs of all stories that there are: each comes
// out as the call did.
func TestPast(t *testing.T) {
	made, otherwise := 0, 0
	for _, pattern := range []string{"../../testdata/stories/*.yaml", "../../testdata/stories/examples/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no stories: %v", err)
		}
		for _, file := range files {
			stories, err := Load(file)
			if err != nil {
				t.Fatal(err)
			}
			if computed[filepath.Base(file)] {
				continue
			}
			for _, s := range stories {
				name := filepath.Base(file) + ": " + s.Name
				r, err := s.Play(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if len(r.Flows) > 1 || r.Session.Channel != "Voice" || len(s.World.Away)+len(s.World.Broken) > 0 || tooLittle[name] {
					continue
				}
				text, err := pastOf(t, s, r).Story(t.Context())
				if err != nil {
					t.Logf("%s: %v\n%s", name, err, text)
					otherwise++
				}
				made++
			}
		}
	}
	if made < 250 || otherwise > made/100 { // a new story may be one of which the log tells too little
		t.Errorf("%d stories were made, %d of them come out otherwise", made, otherwise)
	}
}
