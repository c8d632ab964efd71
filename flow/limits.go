package flow

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Limits bound a run; a zero member takes the default.
type Limits struct {
	Steps         int           // in a session: 10,000
	StepsNoWait   int           // without waiting for anybody: 1,000
	Depth         int           // flows inside of flows: 20
	VariableBytes int           // 1 MB
	Call          time.Duration // 4 h
	Destinations  int           // of one Dial: 200
	Waiting       time.Duration // of a chat for one message: 30 days
}

func (l Limits) withDefaults() Limits {
	set := func(p *int, d int) {
		if *p <= 0 {
			*p = d
		}
	}
	set(&l.Steps, 10_000)
	set(&l.StepsNoWait, 1_000)
	set(&l.Depth, 20)
	set(&l.VariableBytes, 1<<20)
	set(&l.Destinations, 200)
	if l.Waiting <= 0 {
		l.Waiting = 30 * 24 * time.Hour
	}
	if l.Call <= 0 {
		l.Call = 4 * time.Hour
	}
	return l
}

// LimitError tells which limit a run passed: "1,000 steps without waiting".
type LimitError struct{ What string }

func (e *LimitError) Error() string { return "Limit: " + e.What }

// Seconds writes a time span as log lines show it, to tenths: 1,234.5 s.
func Seconds(d time.Duration) string {
	d = d.Round(100 * time.Millisecond)
	whole := d.Truncate(time.Second)
	s := Thousands(int(whole / time.Second))
	if tenths := (d - whole) / (100 * time.Millisecond); tenths != 0 {
		s += "." + strconv.Itoa(max(int(tenths), -int(tenths)))
	}
	return s + " s"
}

// Thousands writes n as log lines show numbers: 12,345.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// ThousandsOf writes f as log lines show numbers: 12,345.5.
func ThousandsOf(f float64) string {
	if math.Abs(f) >= 1e15 {
		return FormatNumber(f)
	}
	whole := math.Trunc(f)
	text := Thousands(int(whole))
	if whole == 0 && f < 0 {
		text = "-0"
	}
	_, fraction, ok := strings.Cut(FormatNumber(math.Abs(f)), ".")
	if !ok {
		return text
	}
	return text + "." + fraction
}
