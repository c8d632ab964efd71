package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// display prints what happens on a call, a line each, with the seconds since it began.
type display struct {
	mu    sync.Mutex
	out   io.Writer
	start time.Time
}

func newDisplay(out io.Writer) *display { return &display{out: out, start: time.Now()} }

func (d *display) line(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	text := strings.Map(printable, fmt.Sprintf(format, args...))
	fmt.Fprintf(d.out, "%7.2f  %s\n", time.Since(d.start).Seconds(), text)
}

// printable keeps what others send from steering the terminal.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) || (r >= 0x202a && r <= 0x202e) {
		return '·'
	}
	return r
}

// bar draws a level in dBFS, from -60 up, as 20 steps.
func bar(db float64) string {
	n := min(max(int((db+60)/3), 0), 20)
	return strings.Repeat("#", n) + strings.Repeat("-", 20-n)
}
