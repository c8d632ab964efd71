package media

import "time"

// By what a machine is told from a person who takes a call. A person says a word
// or two and waits for an answer; a machine reads a text, and then beeps.
const (
	// machineGreeting: so long a greeting, pauses included, is a machine's. Most
	// people are done within 1.5 s ("Hello?", "Miller."), a company's desk needs up
	// to 2.3 s ("Acme Plumbing, good morning"), the shortest usual text of a machine
	// 3 s ("You have reached … leave a message").
	machineGreeting = 2400 * time.Millisecond
	// machineWords in less time than that are a text, too: none answers so fast.
	machineWords = 8
	// MachinePause ends a greeting. Between sentences speakers and machines pause
	// for 0.3 to 0.6 s; who waits for an answer is silent longer.
	MachinePause = 800 * time.Millisecond
	// machineWord is the shortest word: what is shorter is a click or a breath.
	machineWord = 100 * time.Millisecond
	// machineGap between two words: what is shorter is a stop within one, as in "stopping".
	machineGap = 60 * time.Millisecond
	// machineNoise: sound is what is over DefaultSilence, and no more than so many
	// dB below the loudest so far; the noise of a car is further down than that.
	machineNoise = 20.0
	// machineBeep: so long the beep of a machine is waited for, from the begin, as
	// greetings are seldom longer, and machineMute of silence after its greeting
	// tell that it has none.
	machineBeep = 30 * time.Second
	machineMute = 5 * time.Second
)

// Answerer is who takes a call.
type Answerer int

const (
	Undecided Answerer = iota // not yet, or not in time
	Human
	Machine
)

// Verdict is who took the call, and by what that was told.
type Verdict struct {
	Who      Answerer
	Before   time.Duration // silence until the first word
	Greeting time.Duration // from the first word to the end of the last, or so far; 0: nothing was said
	Words    int           // of it
	Silence  time.Duration // after it
	Beep     float64       // Hz; 0: none was heard
	BeepAt   time.Duration // since the begin
	Took     time.Duration // until it was told
}

// MachineDetector is a sink that tells a person from a machine. Set its fields
// before the first frame; the verdict comes once. It is for one ticker.
type MachineDetector struct {
	Limit   time.Duration // undecided after so long
	Beep    bool          // wait for a machine's beep, until it is over
	Verdict chan Verdict  // needs room for one

	frames  int
	loudest float64
	sound   int // frames of sound in a row
	still   int // of silence in a row
	inWord  bool
	first   int // frame at which the first word began
	word    int // frame at which the word began that was last
	before  int // frame after the word before that one; 0: there was none
	last    int // frame after the last word
	tone    SingleTone
	was     Verdict
	over    bool // the greeting has ended
	told    bool
}

// WriteFrame listens to a frame.
func (d *MachineDetector) WriteFrame(f Frame) {
	if d.told {
		return
	}
	d.frames++
	beep := d.tone.Listen(f)
	d.words(Level(f))
	if d.judge(beep) {
		d.told = true
		d.was.Took = span(d.frames)
		d.Verdict <- d.was
	}
}

func span(frames int) time.Duration { return time.Duration(frames) * FrameDuration }

// words follows the words and the silence between them.
func (d *MachineDetector) words(level float64) {
	if d.frames == 1 {
		d.loudest = Silent
	}
	d.loudest = max(d.loudest, level)
	if level > max(DefaultSilence, d.loudest-machineNoise) {
		d.sound, d.still = d.sound+1, 0
	} else {
		d.sound, d.still = 0, d.still+1
	}
	if span(d.still) >= machineGap {
		d.inWord = false
	}
	v := &d.was
	if !d.inWord && span(d.sound) >= machineWord {
		d.inWord = true
		d.word, d.before = d.frames-d.sound, d.last
		if !d.over {
			v.Words++
		}
		if v.Words == 1 {
			d.first = d.frames - d.sound
			v.Before = span(d.first)
		}
	}
	if d.inWord && d.still == 0 {
		d.last = d.frames
	}
	if v.Words == 0 {
		return
	}
	if v.Silence = span(d.frames - d.last); v.Silence >= MachinePause {
		d.over = true
	}
	if !d.over && v.Beep == 0 {
		v.Greeting = span(d.last - d.first)
	}
}

// judge tells whether all is clear now.
func (d *MachineDetector) judge(beep bool) bool {
	v := &d.was
	if beep && v.Beep == 0 {
		v.Who = Machine
		v.Beep, v.BeepAt = d.tone.Tone()
		if !d.over && span(d.word)+machineGap >= v.BeepAt { // that word was the beep
			v.Words--
			v.Greeting = max(0, span(d.before-d.first))
		}
	}
	if v.Who == Undecided && (v.Greeting >= machineGreeting || v.Words >= machineWords) {
		v.Who = Machine
	}
	switch {
	case v.Who == Machine && !d.Beep:
		return true
	case v.Who == Machine:
		return v.Beep != 0 && !beep || v.Silence >= machineMute || span(d.frames) >= machineBeep
	case v.Words > 0 && v.Silence >= MachinePause:
		v.Who = Human
		return true
	}
	return span(d.frames) >= d.Limit
}
