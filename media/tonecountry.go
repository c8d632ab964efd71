package media

import "time"

type tones struct{ ringback, busy, congestion []part }

// countryTones is the table of ITU-T E.180 supplement 2, for the countries
// that differ; all others hear those of the United States.
var countryTones = makeCountryTones()

func makeCountryTones() map[string]tones {
	const ms = time.Millisecond
	on := func(d time.Duration, hz ...float64) part {
		p := part{d: d}
		copy(p.hz[:], hz)
		return p
	}
	off := func(d time.Duration) part { return part{d: d} }
	beats := func(hz float64, d time.Duration) []part { return []part{on(d, hz), off(d)} }
	ring := func(hz float64, d, pause time.Duration) []part { return []part{on(d, hz), off(pause)} }

	us := tones{
		ringback:   []part{on(2000*ms, 440, 480), off(4000 * ms)},
		busy:       []part{on(500*ms, 480, 620), off(500 * ms)},
		congestion: []part{on(250*ms, 480, 620), off(250 * ms)},
	}
	uk := tones{
		ringback:   []part{on(400*ms, 400, 450), off(200 * ms), on(400*ms, 400, 450), off(2000 * ms)},
		busy:       beats(400, 375*ms),
		congestion: []part{on(400*ms, 400), off(350 * ms), on(225*ms, 400), off(525 * ms)},
	}
	au := tones{
		ringback:   []part{on(400*ms, 413, 438), off(200 * ms), on(400*ms, 413, 438), off(2000 * ms)},
		busy:       beats(425, 375*ms),
		congestion: beats(425, 375*ms),
	}
	jp := tones{ringback: []part{on(1000*ms, 384, 416), off(2000 * ms)}, busy: beats(400, 500*ms), congestion: beats(400, 500*ms)}
	// Most of Europe: 425 Hz.
	eu := func(ring []part, busy, congestion time.Duration) tones {
		return tones{ringback: ring, busy: beats(425, busy), congestion: beats(425, congestion)}
	}
	four := ring(425, 1000*ms, 4000*ms)
	return map[string]tones{
		"US": us, "CA": us, "PR": us,
		"GB": uk, "IE": uk, "AU": au, "JP": jp,
		"NZ": {ringback: uk.ringback, busy: beats(400, 500*ms), congestion: beats(400, 250*ms)},
		"DE": eu(four, 480*ms, 240*ms), "AT": eu(ring(420, 1000*ms, 5000*ms), 400*ms, 200*ms), "CH": eu(four, 500*ms, 200*ms),
		"NL": eu(four, 500*ms, 250*ms), "BE": eu(ring(425, 1000*ms, 3000*ms), 500*ms, 167*ms), "DK": eu(four, 500*ms, 250*ms),
		"NO": eu(four, 500*ms, 200*ms), "SE": eu(ring(425, 1000*ms, 5000*ms), 250*ms, 250*ms), "FI": eu(four, 300*ms, 200*ms),
		"ES": eu(ring(425, 1500*ms, 3000*ms), 200*ms, 200*ms), "PT": eu(ring(425, 1000*ms, 5000*ms), 500*ms, 200*ms),
		"IT": eu(four, 500*ms, 200*ms), "PL": eu(four, 500*ms, 500*ms), "CZ": eu(four, 330*ms, 165*ms),
		"FR": {ringback: ring(440, 1500*ms, 3500*ms), busy: beats(440, 500*ms), congestion: beats(440, 250*ms)},
		"CN": {ringback: ring(450, 1000*ms, 4000*ms), busy: beats(450, 350*ms), congestion: beats(450, 700*ms)},
		"IN": {ringback: uk.ringback, busy: beats(400, 750*ms), congestion: beats(400, 250*ms)},
		"MX": eu(four, 250*ms, 250*ms), "BR": eu(four, 250*ms, 250*ms),
		"ZA": {ringback: uk.ringback, busy: beats(400, 500*ms), congestion: beats(400, 250*ms)},
	}
}
