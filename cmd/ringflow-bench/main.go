// Command ringflow-bench measures the server against its floor: a minimal Go
// program that only receives and sends the same packets. Both run as processes
// of their own on this machine, one after the other, with the same generator,
// so that the figures compare; all traffic is on loopback and ends by itself.
// Flows have no floor: beside their figures stands what we aim at.
package main

import (
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "floor" {
		fail(runFloor())
		return
	}
	b := &bench{}
	flag.DurationVar(&b.window, "window", 5*time.Second, "how long each figure is measured")
	flag.BoolVar(&b.quick, "quick", false, "200 calls only, no search for limits")
	flag.StringVar(&b.only, "only", "", "run only these parts, of signalling, media (and of it play, bridge, decoded, alaw, record), conference, queue, limits, memory, flows")
	flag.Parse()
	fail(b.run())
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "ringflow-bench:", err)
		os.Exit(1)
	}
}

type bench struct {
	window time.Duration
	quick  bool
	only   string

	program string // the server's
	dir     string // for its data

	server *underTest
	floor  *child
	fsip   netip.AddrPort
	host   netip.Addr
}

func (b *bench) wants(part string) bool {
	return b.only == "" || strings.Contains(","+b.only+",", ","+part+",")
}

// wantsKind tells whether a sort of call is to be measured: all, unless some are named.
func (b *bench) wantsKind(number string) bool {
	for _, k := range kinds {
		if b.only != "" && strings.Contains(","+b.only+",", ","+k.number+",") {
			return b.wants(number)
		}
	}
	return true
}

func (b *bench) run() error {
	runtime.LockOSThread() // children die with the thread that started them (Pdeathsig): let it be this one
	dir, err := os.MkdirTemp("", "ringflow-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.host = netip.MustParseAddr(benchHost)
	program := filepath.Join(dir, "ringflow")
	b.program, b.dir = program, dir
	if out, err := exec.Command("go", "build", "-o", program, "./cmd/ringflow").CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	if b.server, err = startServer(program, dir); err != nil {
		return err
	}
	defer b.server.stop()
	if err := b.server.setUp(); err != nil {
		return err
	}
	if b.floor, b.fsip, err = newFloor(); err != nil {
		return err
	}
	defer b.floor.stop()
	fmt.Printf("Measured on %s.\n\n", machine())
	var failed []error // one part's failure keeps nobody from the others
	for _, part := range []struct {
		name string
		run  func() error
	}{{"signalling", b.signalling}, {"media", b.media}, {"conference", b.conference}, {"queue", b.queue}, {"limits", b.limits}, {"memory", b.memory}, {"flows", b.flows}} {
		if !b.wants(part.name) {
			continue
		}
		if err := part.run(); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", part.name, err))
		}
	}
	return errors.Join(failed...)
}

func newFloor() (floor *child, sip netip.AddrPort, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, sip, err
	}
	floor, err = start("floor ", func(rest string) (err error) {
		sip, err = netip.ParseAddrPort(strings.TrimSpace(rest))
		return err
	}, nil, self, "floor")
	return floor, sip, err
}

func machine() string {
	cpu := "an unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, ok := strings.Cut(string(info), "model name"); ok {
			line, _, _ := strings.Cut(rest, "\n")
			cpu = strings.TrimSpace(strings.TrimLeft(line, "\t :"))
		}
	}
	return fmt.Sprintf("%d cores of %s, shared with the generator", runtime.NumCPU(), cpu)
}
