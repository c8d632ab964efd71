package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// After the last test nothing of the servers may be left: no goroutine and no
// file or socket. The longest SIP timer is 32 s, so 40 s is all it may take.
func TestMain(m *testing.M) {
	before := openFiles()
	flag.Parse()
	moreAtOnce()
	code := m.Run()
	if code == 0 {
		code = leftOver(before)
	}
	os.Exit(code)
}

// moreAtOnce has four tests run at the same time if nobody said otherwise: they wait, for sound and for SIP's
// timers, most of their time.
func moreAtOnce() {
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if n := flag.Lookup("test.parallel"); !said && n != nil {
		_ = n.Value.Set("4")
	}
}

func leftOver(before int) int {
	var leak error
	for end := time.Now().Add(40 * time.Second); ; pause(context.Background(), 200*time.Millisecond) {
		http.DefaultClient.CloseIdleConnections()
		leak = goleak.Find()
		if n := openFiles(); leak == nil && n > before {
			leak = fmt.Errorf("%d files are open, %d were before the tests", n, before)
		}
		if leak == nil {
			return 0
		}
		if time.Now().After(end) {
			fmt.Fprintln(os.Stderr, "left over 40 s after the last test:", leak)
			return 1
		}
	}
}

// openFiles counts this process's file descriptors, but those that the Go
// runtime opens once and keeps (epoll).
func openFiles() int {
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	n := 0
	for _, f := range all {
		to, err := os.Readlink("/proc/self/fd/" + f.Name())
		if err != nil || to == "anon_inode:[eventpoll]" || to == "anon_inode:[eventfd]" {
			continue
		}
		n++
	}
	return n
}
