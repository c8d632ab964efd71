package api

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// Who guesses at one login from thousands of addresses is slowed down, too; who
// has logged in from where he is isn't.
func TestGuessingFromEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGuard()
		home, wait := g.begin("home", "ann")
		if wait != 0 {
			t.Fatal(wait)
		}
		home.succeed()
		let := func(from, to int) (n int) {
			for i := range to - from {
				if _, wait := g.begin(fmt.Sprint("bot ", from+i), "ann"); wait == 0 {
					n++
				}
			}
			return n
		}
		if n := let(0, 2_000); n != crowdBurst {
			t.Errorf("2,000 sources got %d tries", n)
		}
		if _, wait := g.begin("bot x", "ben"); wait != 0 {
			t.Error("another login waits", wait)
		}
		if _, wait := g.begin("home", "ann"); wait != 0 {
			t.Error("Ann at home waits", wait)
		}
		time.Sleep(10 * crowdRefill)
		if n := let(2_000, 4_000); n != 10 {
			t.Errorf("a minute later: %d", n)
		}
		for i := range 2 * guardSize { // what is remembered is bounded
			a, _ := g.begin(fmt.Sprint("s", i), fmt.Sprint("u", i))
			a.succeed()
		}
		if len(g.right) > guardSize || len(g.buckets) > guardSize+3 {
			t.Error(len(g.right), len(g.buckets))
		}
	})
}
