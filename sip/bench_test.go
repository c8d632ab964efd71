package sip

import (
	"context"
	"runtime"
	"syscall"
	"testing"
	"time"
)

func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkCall is INVITE, 200, ACK, BYE between two UAs on loopback: the CPU of
// both, and what a call leaves behind until its timers end.
func BenchmarkCall(b *testing.B) {
	quick := func(ctx context.Context, in *Invite) error {
		in.Leg.Attach(&audio{name: "bob"})
		if err := in.Leg.Answer(ctx); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	}
	ua, ub := &UA{Directory: trusting{}}, &UA{Directory: trusting{}, Handler: quick}
	for _, u := range []*UA{ua, ub} {
		defer u.Close()
	}
	if _, err := ua.Listen(b.Context(), "udp://127.0.0.1:0"); err != nil {
		b.Fatal(err)
	}
	addr, err := ub.Listen(b.Context(), "udp://127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := cpu()
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		l, err := ua.Dial(b.Context(), Dial{To: "sip:bob@" + addr.String(), From: Party{User: "alice"}}, &audio{name: "alice"})
		if err != nil {
			b.Fatal(err)
		}
		l.Hangup(b.Context(), nil)
	}
	b.StopTimer()
	b.ReportMetric(float64((cpu()-start).Microseconds())/float64(b.N), "cpu-µs/call")
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(b.N)/1024, "KB-kept/call")
}
