package media

import (
	"slices"
	"sync/atomic"
	"time"
)

// When somebody begins to speak and has done. Levels are those of Level.
const (
	// utteranceBegin: so much sound in a row is speech; a click or a breath is shorter.
	utteranceBegin = 100 * time.Millisecond
	// utterancePause ends what is said; the stops within words and phrases are shorter.
	utterancePause = 600 * time.Millisecond
	// utteranceBefore is kept from before it was clear that somebody speaks: soft
	// beginnings such as that of "sales".
	utteranceBefore = 300 * time.Millisecond
	// utteranceMost ends what goes on without a pause, such as noise.
	utteranceMost = 12 * time.Second
	// utteranceNoise: sound is so many dB over the noise of the line, which is the
	// lowest level lately: it may rise by utteranceRise dB a frame.
	utteranceNoise = 8.0
	utteranceRise  = 0.05
	// utteranceOver: while we play, speech must be as loud as this, as what comes
	// back of our own sound is softer.
	utteranceOver = -32.0
)

// Utterance is a sink that cuts out what somebody says, once. Make its channels
// with room for one. It is for one ticker.
type Utterance struct {
	Began chan struct{} // told when speech begins
	Said  chan []int16  // what was said, with what was just before, at the frames' rate

	playing atomic.Bool

	kept   []int16 // what was just before, and then what is said
	noise  float64
	frames int
	sound  int // frames of it in a row
	still  int // of silence in a row
	began  bool
	told   bool
}

// Playing tells whether the party hears something of us: only louder speech
// counts then.
func (u *Utterance) Playing(on bool) { u.playing.Store(on) }

// WriteFrame listens to a frame.
func (u *Utterance) WriteFrame(f Frame) {
	if u.told {
		return
	}
	level := Level(f)
	if u.frames++; u.frames == 1 {
		u.noise = level
	}
	u.noise = min(level, u.noise+utteranceRise)
	threshold := max(DefaultSilence, min(u.noise+utteranceNoise, DefaultSilence+20))
	if u.playing.Load() && !u.began {
		threshold = max(threshold, utteranceOver)
	}
	if level > threshold {
		u.sound, u.still = u.sound+1, 0
	} else {
		u.sound, u.still = 0, u.still+1
	}
	u.kept = append(u.kept, f...)
	if !u.began {
		if most := len(f) * int((utteranceBefore+utteranceBegin)/FrameDuration); len(u.kept) > most {
			u.kept = slices.Delete(u.kept, 0, len(u.kept)-most)
		}
		if span(u.sound) < utteranceBegin {
			return
		}
		u.began, u.frames = true, 1
		u.Began <- struct{}{}
		return
	}
	if span(u.still) >= utterancePause || span(u.frames) >= utteranceMost {
		u.told = true
		u.Said <- u.kept
	}
}
