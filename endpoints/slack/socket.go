package slack

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

const (
	lookEvery  = 15 * time.Second // for bots that came, changed or went
	maxSockets = 1000
)

// sockets are the connections of the bots that have an app-level token.
type sockets struct {
	wake chan struct{}
	stop context.CancelFunc
	wg   sync.WaitGroup // the one who looks, and the connections
}

func (s *sockets) close() {
	if s.stop != nil {
		s.stop()
		s.wg.Wait()
	}
}

// Start listens by Socket Mode for the bots that have an app-level token, as long as
// they do, until Close.
func (a *Adapter) Start(ctx context.Context) {
	ctx, a.sockets.stop = context.WithCancel(context.WithoutCancel(ctx))
	a.sockets.wake = make(chan struct{}, 1)
	a.sockets.wg.Go(func() { a.watch(ctx) })
}

// Wake lets a change of the bots count now.
func (a *Adapter) Wake() {
	select {
	case a.sockets.wake <- struct{}{}:
	default:
	}
}

// socket is a running connection, and what it was begun with.
type socket struct {
	tokens [32]byte
	stop   context.CancelFunc
	over   chan struct{}
}

// watch has one connection for each bot that wants one.
func (a *Adapter) watch(ctx context.Context) {
	open := map[string]*socket{}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for away := false; ; {
		bots, _, err := a.Bots.Endpoints(ctx, endpoints.EndpointFilter{Types: []endpoints.Kind{endpoints.SlackBot}, List: endpoints.List{All: true, Simplified: true}})
		if failed := err != nil && ctx.Err() == nil; failed && !away {
			a.log().Error("the Slack bots can't be read; those that are connected stay", zap.Error(err))
		}
		if away = err != nil; !away {
			a.adjust(ctx, open, bots)
		}
		select {
		case <-a.sockets.wake:
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// adjust ends the connections that aren't wanted any more, and begins those that are missing.
func (a *Adapter) adjust(ctx context.Context, open map[string]*socket, bots []*endpoints.Endpoint) {
	wanted := map[string][32]byte{}
	for _, e := range bots {
		if e.Bot != nil && e.Bot.AppToken != "" {
			wanted[e.ID] = sha256.Sum256([]byte(e.Bot.AppToken + " " + e.Bot.Token))
		}
	}
	for id, s := range open {
		if tokens, ok := wanted[id]; !ok || tokens != s.tokens {
			s.stop()
			<-s.over
			delete(open, id)
			a.Links.End(endpoints.LinkSocketMode, id)
		}
	}
	for id, tokens := range wanted {
		if open[id] != nil {
			continue
		}
		if len(open) >= maxSockets {
			a.log().Warn("there are more Slack bots with Socket Mode than connections may be open", zap.Int("open", maxSockets))
			return
		}
		a.Links.Begin(endpoints.LinkSocketMode, id, "")
		s := &socket{tokens: tokens, over: make(chan struct{})}
		var its context.Context
		its, s.stop = context.WithCancel(ctx)
		open[id] = s
		a.sockets.wg.Go(func() {
			defer close(s.over)
			a.listen(its, id)
		})
	}
}
