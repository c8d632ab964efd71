package media_test

import (
	"math"
	"testing"
	"time"

	"ringflow/media"
)

func TestLevel(t *testing.T) {
	for _, row := range []struct {
		samples []int16
		want    float64
	}{
		{nil, media.Silent},
		{make([]int16, 160), media.Silent},
		{sine(1000, 32767, 8000, 160), -3.01},
		{sine(1000, 3276.7, 8000, 160), -23.01},
		{[]int16{-32768, -32768}, 0},
	} {
		if got := media.Level(row.samples); math.Abs(got-row.want) > 0.05 {
			t.Errorf("%.2f dBFS, expected %.2f", got, row.want)
		}
	}
}

func TestMeter(t *testing.T) {
	var m media.Meter
	if m.Level() != media.Silent || m.Peak() != media.Silent {
		t.Errorf("before any sound: %.1f, peak %.1f", m.Level(), m.Peak())
	}
	m.WriteFrame(sine(1000, 16384, 8000, 160))
	if l := m.Level(); math.Abs(l+9.03) > 0.1 {
		t.Errorf("%.2f dBFS, expected -9.03", l)
	}
	for range 25 { // half a second of silence
		m.WriteFrame(make(media.Frame, 160))
	}
	if l := m.Level(); l > -90 {
		t.Errorf("half a second after the sound: %.1f dBFS", l)
	}
	if p := m.Peak(); math.Abs(p+9.03) > 0.1 {
		t.Errorf("peak %.2f dBFS, expected -9.03", p)
	}
	if p := m.Peak(); p != media.Silent {
		t.Errorf("peak asked again: %.1f", p)
	}
	f := make(media.Frame, 160)
	if a := testing.AllocsPerRun(100, func() { m.WriteFrame(f) }); a != 0 {
		t.Errorf("%v allocations a frame", a)
	}
}

func TestSilenceDetector(t *testing.T) {
	var d media.SilenceDetector
	say := func(samples []int16, n int) {
		for range n {
			d.WriteFrame(samples)
		}
	}
	noise, voice := sine(50, 100, 8000, 160), sine(300, 2000, 8000, 160)
	say(noise, 50)
	if d.Silent() != time.Second || d.Sound() != 0 {
		t.Errorf("a second of noise: silent for %v, sound %v", d.Silent(), d.Sound())
	}
	say(voice, 25)
	if d.Silent() != 0 || d.Sound() != 1500*time.Millisecond {
		t.Errorf("after the voice: silent for %v, sound %v", d.Silent(), d.Sound())
	}
	say(noise, 100)
	if d.Silent() != 2*time.Second || d.Sound() != 1500*time.Millisecond {
		t.Errorf("after two seconds more: silent for %v, sound %v", d.Silent(), d.Sound())
	}

	d = media.SilenceDetector{After: 2 * time.Second, Quiet: make(chan struct{}, 1)}
	for i, step := range []struct {
		samples []int16
		frames  int
		told    int
	}{{noise, 99, 0}, {voice, 1, 0}, {noise, 99, 0}, {noise, 1, 1}, {noise, 50, 1}, {voice, 50, 0}} {
		say(step.samples, step.frames)
		if n := len(d.Quiet); n != step.told {
			t.Errorf("step %d: told %d times, want %d", i, n, step.told)
		}
		for len(d.Quiet) > 0 {
			<-d.Quiet
		}
	}
}
