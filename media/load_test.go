//go:build unix

package media

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// cpu is what the process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// phones send a packet each every 20 ms, from one goroutine, and read nothing.
type phones struct {
	conns []*net.UDPConn
	to    []netip.AddrPort
}

func (x *phones) add(b *testing.B, p *Port) {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	offer := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n",
		c.LocalAddr().(*net.UDPAddr).Port)
	if _, err := p.Answer([]byte(offer)); err != nil {
		b.Fatal(err)
	}
	x.conns, x.to = append(x.conns, c), append(x.to, p.LocalAddr())
}

// run sends for that long, a quarter of the phones every 5 ms. stamp tells when
// the first phone sent its last packet.
func (x *phones) run(d time.Duration, stamp *atomic.Int64) {
	b := make([]byte, rtpHeader+160)
	from := time.Now()
	for k := 0; time.Since(from) < d; k++ {
		for i := k % 4; i < len(x.conns); i += 4 {
			n := k / 4
			putRTP(b, false, 0, uint16(n), uint32(n)*160, uint32(i))
			if i == 0 {
				stamp.Store(time.Now().UnixNano())
			}
			_, _ = x.conns[i].WriteToUDPAddrPort(b, x.to[i])
		}
		time.Sleep(time.Until(from.Add(time.Duration(k+1) * 5 * time.Millisecond)))
	}
}

// BenchmarkCalls tells the CPU of a call-second at 200 calls, less that of the
// phones, for each way of reading, and what a passed-through bridge adds:
//
//	go test ./media -run xxx -bench Calls -benchtime 1x
func BenchmarkCalls(b *testing.B) {
	const calls, seconds = 200, 2
	for _, what := range []string{"phones", "play", "record", "pass", "decoded"} {
		for _, blocking := range []bool{false, true} {
			if what == "phones" && blocking {
				continue
			}
			b.Run(fmt.Sprintf("%s/blocking=%v", what, blocking), func(b *testing.B) {
				e := &Engine{Blocking: blocking, Pacer: NewPacer(0)}
				b.Cleanup(func() { e.Close(); e.Pacer.Close() })
				x := &phones{}
				legs := calls
				if what == "pass" || what == "decoded" {
					legs = 2 * calls
				}
				var ports []*Port
				for range legs {
					p, err := e.Open(PortOptions{Signalling: loopback})
					if err != nil {
						b.Fatal(err)
					}
					x.add(b, p)
					ports = append(ports, p)
				}
				switch what {
				case "phones":
					e.Close()
				case "play", "record":
					for _, p := range ports {
						p.source = &playing{source: endless{}, done: make(chan struct{})}
						p.sounding.Store(true)
						if what == "record" {
							p.Tap(noise{}, noise{})
						}
					}
				default:
					for i := 0; i < legs; i += 2 {
						br := NewBridge(e.Pacer)
						br.Join(ports[i])
						br.Join(ports[i+1])
						if what == "decoded" {
							ports[i].Tap(noise{}, nil)
						}
					}
				}
				var stamp atomic.Int64
				delays := delaysOf(x.conns[1%len(x.conns)], &stamp)
				for range b.N {
					before := cpu()
					x.run(seconds*time.Second, &stamp)
					b.ReportMetric(float64((cpu()-before).Microseconds())/1000/calls/seconds, "ms/call-s")
				}
				x.conns[1].SetReadDeadline(time.Now())
				if got := <-delays; what == "pass" && len(got) > 0 {
					slices.Sort(got)
					b.ReportMetric(float64(got[len(got)/2].Microseconds()), "µs-p50")
					b.ReportMetric(float64(got[len(got)*99/100].Microseconds()), "µs-p99")
				}
			})
		}
	}
}

// delaysOf reads one phone and tells how long after the first phone's packet
// each came.
func delaysOf(c *net.UDPConn, stamp *atomic.Int64) <-chan []time.Duration {
	out := make(chan []time.Duration, 1)
	go func() {
		var all []time.Duration
		b := make([]byte, maxPacket)
		for {
			if _, _, err := c.ReadFromUDPAddrPort(b); err != nil {
				out <- all
				return
			}
			all = append(all, time.Duration(time.Now().UnixNano()-stamp.Load()))
		}
	}()
	return out
}
