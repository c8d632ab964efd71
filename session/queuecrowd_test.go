package session_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"ringflow/endpoints"
	"ringflow/media"
	"ringflow/sip"
)

// Callers who hang up and agents who miss, refuse and answer, on real calls: each
// caller comes to one end, no phone has two calls at once, and in the end all
// agents are free. The floor itself is proved by TestFloor.
func TestQueueCrowd(t *testing.T) {
	for _, strategy := range []endpoints.Strategy{endpoints.RingAll, endpoints.LongestIdle} {
		t.Run(string(strategy), func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				const callers = 12
				c := newCrew(h)
				sales := h.team("Sales", c.users...)
				h.ready(c.users...)
				h.number(did, queue(sales, map[string]any{"Strategy": string(strategy), "RingSeconds": 6, "MaxWaitSeconds": 90, "WrapUpSeconds": 2})...)
				var mu sync.Mutex
				chance := rand.New(rand.NewPCG(7, 7))
				roll := func(n int) int {
					mu.Lock()
					defer mu.Unlock()
					return chance.IntN(n)
				}
				busy, talks := map[int]int{}, 0
				for i, phone := range c.phones {
					phone.on(func(ctx context.Context, in *sip.Invite, p *media.Port) error {
						mu.Lock()
						if busy[i]++; busy[i] > 1 {
							t.Errorf("%s has two calls at once", c.users[i].DisplayName)
						}
						mu.Unlock()
						defer func() {
							mu.Lock()
							defer mu.Unlock()
							busy[i]--
						}()
						switch roll(5) {
						case 0:
							return refuses(486, time.Duration(roll(3)+1)*time.Second)(ctx, in, p)
						case 1:
							return refuses(480, time.Minute)(ctx, in, p) // rings to the end
						}
						mu.Lock()
						talks++
						mu.Unlock()
						return picksUp(&ear{}, time.Duration(roll(4)+1)*time.Second, 1000, time.Duration(roll(8)+1)*time.Second)(ctx, in, p)
					})
				}
				over := make(chan struct{})
				var back sync.WaitGroup
				back.Go(func() { // who has missed a call comes back
					for {
						select {
						case <-over:
							return
						case <-time.After(5 * time.Second):
						}
						for _, u := range c.users {
							if h.Agent(u).State == endpoints.NotReady {
								h.ready(u)
							}
						}
					}
				})
				var calls []*talking
				for range callers {
					calls = append(calls, h.carrier.mustCall(toNumber(did)))
					time.Sleep(time.Duration(roll(4)) * time.Second)
				}
				var wg sync.WaitGroup
				for _, call := range calls {
					patience := time.Duration(roll(120)+5) * time.Second
					wg.Go(func() {
						select {
						case <-call.leg.Context().Done():
						case <-time.After(patience):
							call.hangUp(t)
						}
					})
				}
				wg.Wait()
				close(over)
				back.Wait()
				time.Sleep(10 * time.Second)
				h.ready(c.users...)
				rs := h.records()
				ended := 0
				for _, r := range rs {
					if !r.Ended.IsZero() && strings.Contains(logText(r), "waits in the queue") {
						ended++
					}
				}
				if len(rs) != callers || ended != callers || talks == 0 {
					t.Errorf("%d sessions, %d of them ended, %d answers", len(rs), ended, talks)
				}
				if got := h.Free(sales); got != len(c.users) {
					t.Errorf("%d of %d agents are free in the end", got, len(c.users))
				}
				if live := h.Live(nil); len(live) != 0 {
					t.Errorf("%d sessions are still up", len(live))
				}
			})
		})
	}
}
