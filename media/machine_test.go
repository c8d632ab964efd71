package media_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"ringflow/media"
)

// spoken is a text as espeak-ng speaks it, at 8 kHz. CI has it; elsewhere the
// test is skipped without it.
func spoken(t *testing.T, voice, text string, options ...string) []int16 {
	t.Helper()
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("espeak-ng is not installed: in CI it must be")
		}
		t.Skip("espeak-ng is not installed: apt-get install espeak-ng")
	}
	raw, err := exec.CommandContext(t.Context(), "espeak-ng", append([]string{"-v", voice, "--stdout"}, append(options, text)...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	c, err := media.DecodeClip(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	var all []int16
	f, s := make(media.Frame, 160), c.Source(1)
	for s.ReadFrame(f) == nil {
		all = append(all, f...)
	}
	return all
}

// quietly is silence with the noise of a line at −60 dBFS in it.
func quietly(d time.Duration) []int16 {
	r := rand.New(rand.NewPCG(1, 2))
	s := make([]int16, d*8000/time.Second)
	for i := range s {
		s[i] = int16(r.NormFloat64() * 32)
	}
	return s
}

func join(parts ...[]int16) (all []int16) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// judged is the verdict on sound that goes on as silence.
func judged(t *testing.T, d *media.MachineDetector, samples []int16) media.Verdict {
	t.Helper()
	d.Verdict = make(chan media.Verdict, 1)
	if d.Limit == 0 {
		d.Limit = 5 * time.Second
	}
	for _, f := range frames(join(samples, quietly(40*time.Second)), 8000) {
		d.WriteFrame(f)
	}
	select {
	case v := <-d.Verdict:
		return v
	default:
		t.Fatal("no verdict at all")
		return media.Verdict{}
	}
}

const longGreeting = "You have reached the office of Miller and Sons. We are not in at the moment. Please leave a message after the tone."

func TestPeopleAndMachines(t *testing.T) {
	for _, row := range []struct {
		voice, text string
		want        media.Answerer
	}{
		{"en-us", "Hello?", media.Human},
		{"en-us+f3", "Hello?", media.Human},
		{"en-gb", "Yes, hello.", media.Human},
		{"en-us", "Anna Miller speaking.", media.Human},
		{"en-us+f2", "Acme Plumbing, good morning.", media.Human},
		{"de", "Müller, guten Tag.", media.Human},
		{"en-us", longGreeting, media.Machine},
		{"en-us+f3", longGreeting, media.Machine},
		{"en-gb", "Hi, this is Anna. I can't come to the phone right now, so leave me a message.", media.Machine},
		{"de", "Guten Tag, Sie sind mit dem Anschluss von Familie Müller verbunden. Bitte sprechen Sie nach dem Signalton.", media.Machine},
		{"fr", "Bonjour, vous êtes bien sur la messagerie de Pierre Martin. Laissez un message après le bip.", media.Machine},
	} {
		v := judged(t, &media.MachineDetector{}, join(quietly(600*time.Millisecond), spoken(t, row.voice, row.text)))
		t.Logf("%s %q: %+v", row.voice, row.text, v)
		if v.Who != row.want {
			t.Errorf("%s %q: %+v", row.voice, row.text, v)
		}
		if v.Beep != 0 {
			t.Errorf("%s %q: a beep of %.0f Hz in a voice", row.voice, row.text, v.Beep)
		}
		if v.Took > 5*time.Second {
			t.Errorf("%q took %s", row.text, v.Took)
		}
	}
}

// After a machine's greeting its beep is waited for to its end.
func TestMachinesBeep(t *testing.T) {
	greeting := join(quietly(600*time.Millisecond), spoken(t, "en-us", longGreeting), quietly(500*time.Millisecond))
	at := time.Duration(len(greeting)) * time.Second / 8000
	words := judged(t, &media.MachineDetector{Beep: true}, greeting).Words
	for _, hz := range []float64{410, 425, 775, 1000, 1020, 1400, 1990} {
		for _, d := range []time.Duration{140 * time.Millisecond, 500 * time.Millisecond, 1500 * time.Millisecond} {
			n := int(d * 8000 / time.Second)
			v := judged(t, &media.MachineDetector{Beep: true}, join(greeting, sine(hz, 6000, 8000, n)))
			if v.Who != media.Machine || v.Beep < hz-10 || v.Beep > hz+10 || v.BeepAt < at-60*time.Millisecond || v.BeepAt > at+60*time.Millisecond {
				t.Errorf("%g Hz for %s at %s: %+v", hz, d, at, v)
			}
			if end := v.BeepAt + d; v.Took < end-60*time.Millisecond || v.Took > end+100*time.Millisecond {
				t.Errorf("%g Hz for %s: told at %s, the beep ended at %s", hz, d, v.Took, end)
			}
			if end := v.Before + v.Greeting; end < at-900*time.Millisecond || end > at-400*time.Millisecond || v.Words != words {
				t.Errorf("%g Hz for %s at %s: the greeting was over at %s, %d words of %d", hz, d, at, end, v.Words, words)
			}
		}
	}
	// Without one it is told so in the end.
	v := judged(t, &media.MachineDetector{Beep: true}, greeting)
	if v.Who != media.Machine || v.Beep != 0 || v.Silence != 5*time.Second {
		t.Errorf("without a beep: %+v", v)
	}
	if v = judged(t, &media.MachineDetector{Beep: true}, join(greeting, greeting, greeting, greeting, greeting, greeting)); v.Took != 30*time.Second {
		t.Errorf("one who talks for ever: %+v", v)
	}
}

// A beep alone is a machine, also where nobody waits for one.
func TestBeepAlone(t *testing.T) {
	v := judged(t, &media.MachineDetector{}, join(quietly(time.Second), sine(1000, 6000, 8000, 4000)))
	if v.Who != media.Machine || v.BeepAt < 980*time.Millisecond || v.BeepAt > 1040*time.Millisecond || v.Took > 1200*time.Millisecond || v.Words != 0 {
		t.Errorf("%+v", v)
	}
}

func TestNobodySaysAnything(t *testing.T) {
	for _, limit := range []time.Duration{2 * time.Second, 5 * time.Second} {
		if v := judged(t, &media.MachineDetector{Limit: limit}, nil); v.Who != media.Undecided || v.Took != limit || v.Words != 0 {
			t.Errorf("%+v", v)
		}
	}
	// Clicks are no words, and noise is none.
	click := join(quietly(700*time.Millisecond), sine(300, 9000, 8000, 400))
	if v := judged(t, &media.MachineDetector{}, join(click, click, click)); v.Who != media.Undecided || v.Words != 0 {
		t.Errorf("clicks: %+v", v)
	}
}

// The verdict stands on the numbers that are written down, to a frame.
func TestMachineThresholds(t *testing.T) {
	voice := func(d time.Duration) []int16 {
		n := int(d * 8000 / time.Second)
		return pair(230, 370, 5000, 5000, 0, n)[:n]
	}
	for _, row := range []struct {
		name  string
		sound []int16
		want  media.Answerer
	}{
		{"2.3 s", voice(2300 * time.Millisecond), media.Human},
		{"2.5 s", voice(2500 * time.Millisecond), media.Machine},
		{"a pause of 0.7 s", join(voice(time.Second), quietly(700*time.Millisecond), voice(time.Second)), media.Machine},
		{"a pause of 0.9 s", join(voice(time.Second), quietly(900*time.Millisecond), voice(time.Second)), media.Human},
		{"eight words in 2 s", join(voice(160*time.Millisecond), quietly(100*time.Millisecond), voice(160*time.Millisecond), quietly(100*time.Millisecond),
			voice(160*time.Millisecond), quietly(100*time.Millisecond), voice(160*time.Millisecond), quietly(100*time.Millisecond), voice(160*time.Millisecond), quietly(100*time.Millisecond),
			voice(160*time.Millisecond), quietly(100*time.Millisecond), voice(160*time.Millisecond), quietly(100*time.Millisecond), voice(160*time.Millisecond)), media.Machine},
	} {
		if v := judged(t, &media.MachineDetector{}, join(quietly(300*time.Millisecond), row.sound)); v.Who != row.want {
			t.Errorf("%s: %+v", row.name, v)
		}
	}
}

func TestMachineDetectorAllocatesNothing(t *testing.T) {
	d := &media.MachineDetector{Limit: time.Hour, Beep: true, Verdict: make(chan media.Verdict, 1)}
	f := frames(pair(230, 370, 5000, 5000, 0, 160), 8000)[0]
	d.WriteFrame(f)
	if n := testing.AllocsPerRun(100, func() { d.WriteFrame(f) }); n > 0 {
		t.Errorf("%g allocations a frame", n)
	}
}

// No voice beeps: some minutes of text in several languages and pitches.
func TestVoicesDoNotBeep(t *testing.T) {
	var all time.Duration
	for n, voice := range []string{"en-us", "en-us+f3", "en-us+f5", "en-gb+m7", "de", "de+f2", "fr", "es+f4", "it", "nl"} {
		pitch := []string{"30", "50", "80"}[n%3]
		s := spoken(t, voice, longGreeting+" Oo, who knew two true blue moons? Mmm, hmm. Ring, ring! One, two, three, four, five, six, seven, eight, nine, ten.", "-p", pitch)
		all += time.Duration(len(s)) * time.Second / 8000
		var tone media.SingleTone
		for _, f := range frames(s, 8000) {
			if tone.Listen(f) {
				hz, at := tone.Tone()
				t.Errorf("%s at pitch %s: a tone of %.0f Hz at %s", voice, pitch, hz, at)
				break
			}
		}
	}
	if t.Logf("%s of voices", all); all < 2*time.Minute {
		t.Errorf("only %s of voices", all)
	}
}
