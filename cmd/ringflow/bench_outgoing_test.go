package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkOutgoing is what POST /sessions/outgoing adds before its INVITE leaves: from the
// request to the INVITE at the carrier's socket, less the floor, which is a request that does
// next to nothing (/healthz) over the same connection and a datagram over the same loopback.
// Of what is added the disk has its part: what it takes to keep as many bytes as a session's
// commit writes, by one write and one fsync, is told beside it.
//
// rested: the server has done nothing for a while, and what the processor had at hand of it
// others may have driven out. busy: the call before has ended just
// now, and its end, its log and the search index are being written.
func BenchmarkOutgoing(b *testing.B) {
	b.Run("rested", func(b *testing.B) { benchOutgoing(b, 300*time.Millisecond) })
	b.Run("busy", func(b *testing.B) { benchOutgoing(b, 0) })
}

func benchOutgoing(b *testing.B, rest time.Duration) {
	h := startHouse(b)
	carrier, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(carrierHost)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { carrier.Close() })
	h.trunk("Carrier", M{"host": carrierHost, "port": carrier.LocalAddr().(*net.UDPAddr).Port, "allowedIps": []string{carrierHost}})
	flow := h.flow("Waits", node("w", "WaitNode", M{"Timeout": amount(60)}))
	h.number(did, flow)
	h.patch("/system/settings", M{"maxCallsPerMinute": 10_000})
	buf := make([]byte, 65536)
	arrives := func(begins []byte) (at time.Time, from *net.UDPAddr, text []byte) {
		_ = carrier.SetReadDeadline(time.Now().Add(10 * time.Second))
		for {
			n, from, err := carrier.ReadFromUDP(buf)
			if err != nil {
				b.Fatal(err)
			}
			if bytes.HasPrefix(buf[:n], begins) {
				return time.Now(), from, bytes.Clone(buf[:n])
			}
		}
	}
	disk, err := os.Create(filepath.Join(b.TempDir(), "disk"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { disk.Close() })
	commit := make([]byte, 48<<10)
	var took, floors, kept []time.Duration
	for i := 0; b.Loop(); i++ { // a dialler calls no number twice
		body := fmt.Sprintf(`{"flowId":%q,"numberToDial":"+1202555%04d","callerId":%q}`, flow, i%10_000, did)
		pause(b.Context(), rest)
		began := time.Now()
		answered := make(chan error, 1)
		go func() {
			req, err := http.NewRequest(http.MethodPost, h.api.base+"/sessions/outgoing", bytes.NewReader([]byte(body)))
			if err == nil {
				req.Header.Set("Authorization", "Bearer "+h.api.token)
				req.Header.Set("Content-Type", "application/json")
				var res *http.Response
				if res, err = http.DefaultClient.Do(req); err == nil {
					_, _ = io.Copy(io.Discard, res.Body)
					res.Body.Close()
					if res.StatusCode != http.StatusOK {
						err = fmt.Errorf("status %d", res.StatusCode)
					}
				}
			}
			answered <- err
		}()
		at, from, invite := arrives([]byte("INVITE "))
		took = append(took, at.Sub(began))
		_, _ = carrier.WriteToUDP([]byte(replyTo(string(invite), "486 Busy Here")), from)
		if err := <-answered; err != nil {
			b.Fatal(err)
		}
		arrives([]byte("ACK "))
		pause(b.Context(), rest)
		began = time.Now()
		h.request(http.MethodGet, "/healthz", "", nil)
		if _, err := carrier.WriteToUDP([]byte("floor"), carrier.LocalAddr().(*net.UDPAddr)); err != nil {
			b.Fatal(err)
		}
		at, _, _ = arrives([]byte("floor"))
		floors = append(floors, at.Sub(began))
		began = time.Now()
		if _, err := disk.WriteAt(commit, 0); err != nil {
			b.Fatal(err)
		}
		if err := disk.Sync(); err != nil {
			b.Fatal(err)
		}
		kept = append(kept, time.Since(began))
	}
	middle := func(all []time.Duration) float64 {
		slices.Sort(all)
		return all[len(all)/2].Seconds() * 1000
	}
	b.ReportMetric(middle(took), "ms-to-INVITE")
	b.ReportMetric(middle(floors), "ms-floor")
	b.ReportMetric(middle(took)-middle(floors), "ms-added")
	b.ReportMetric(middle(kept), "ms-disk")
}
