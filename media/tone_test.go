package media_test

import (
	"testing"
	"time"

	"ringflow/media"
)

// Each tone as a caller hears it: which sines, for how long, then silence.
func TestTones(t *testing.T) {
	for _, row := range []struct {
		name    string
		source  media.Source
		hz      []float64
		on, off time.Duration
	}{
		{"US ringback", media.Ringback("US"), []float64{440, 480}, 2 * time.Second, 4 * time.Second},
		{"US busy", media.Busy("us"), []float64{480, 620}, 500 * time.Millisecond, 500 * time.Millisecond},
		{"US congestion", media.Congestion("US"), []float64{480, 620}, 250 * time.Millisecond, 250 * time.Millisecond},
		{"unknown country", media.Ringback("XX"), []float64{440, 480}, 2 * time.Second, 4 * time.Second},
		{"GB ringback", media.Ringback("GB"), []float64{400, 450}, 400 * time.Millisecond, 200 * time.Millisecond},
		{"DE ringback", media.Ringback("DE"), []float64{425}, time.Second, 4 * time.Second},
		{"FR busy", media.Busy("FR"), []float64{440}, 500 * time.Millisecond, 500 * time.Millisecond},
	} {
		const rate = 8000
		sound := hear(t, row.source, rate, int((row.on+row.off)/media.FrameDuration)+3)
		n := int(row.on) * rate / int(time.Second)
		on, off := sound[:n], sound[n:n+int(row.off)*rate/int(time.Second)]
		for _, hz := range row.hz {
			if s := strength(on, hz, rate); s < 3500 || s > 4500 {
				t.Errorf("%s: %g Hz has a peak of %.0f, expected 4000", row.name, hz, s)
			}
		}
		if s := strength(on, 1000, rate); s > 100 {
			t.Errorf("%s: 1000 Hz has a peak of %.0f in it", row.name, s)
		}
		if l := media.Level(off); l != media.Silent {
			t.Errorf("%s: the pause is at %.1f dBFS", row.name, l)
		}
		if l := media.Level(sound[n+len(off):]); l < -40 {
			t.Errorf("%s: it does not come again, %.1f dBFS", row.name, l)
		}
	}
}

func TestToneAtOtherRates(t *testing.T) {
	for _, rate := range []int{8000, 16000, 48000} {
		sound := hear(t, media.Ringback("US"), rate, 100)
		for _, hz := range []float64{440, 480} {
			if s := strength(sound, hz, rate); s < 3800 || s > 4200 {
				t.Errorf("at %d Hz: %g Hz has a peak of %.0f, expected 4000", rate, hz, s)
			}
		}
	}
}

func TestBeepEnds(t *testing.T) {
	sound := hear(t, media.Beep(), 8000, 1000)
	if d := time.Duration(len(sound)) * time.Second / 8000; d != 400*time.Millisecond {
		t.Errorf("the beep lasts %v, expected 400ms", d)
	}
	if s := strength(sound, 1000, 8000); s < 7000 {
		t.Errorf("the beep has a peak of %.0f, expected about 8000", s)
	}
}

func TestSilence(t *testing.T) {
	sound := hear(t, media.Silence(time.Second), 8000, 1000)
	if len(sound) != 8000 || media.Level(sound) != media.Silent {
		t.Errorf("a second of silence has %d samples at %.1f dBFS", len(sound), media.Level(sound))
	}
	if sound := hear(t, media.Silence(0), 8000, 1000); len(sound) != 160*1000 {
		t.Errorf("silence for ever ended after %d samples", len(sound))
	}
}

func TestTonesAllocateNothing(t *testing.T) {
	f := make(media.Frame, 160)
	for name, s := range map[string]media.Source{"ringback": media.Ringback("GB"), "silence": media.Silence(0)} {
		if a := testing.AllocsPerRun(500, func() { s.ReadFrame(f) }); a != 0 {
			t.Errorf("%s: %v allocations a frame", name, a)
		}
	}
}
