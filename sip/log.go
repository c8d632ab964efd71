package sip

import (
	"log/slog"
	"sync"
	"time"

	msg "github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"
)

// sipgo logs through a global slog.Logger, which may only be set before its
// first use: by the first UA of the process, once.
var sipgoLog sync.Once

func quietSipgo(log *zap.Logger) {
	sipgoLog.Do(func() {
		msg.SetDefaultLogger(slog.New(zapslog.NewHandler(log.Core(), zapslog.WithName("sipgo"))))
	})
}

// complaint lets one line a second through and counts the others, so that a
// scanner cannot fill the log.
type complaint struct {
	mu      sync.Mutex
	last    time.Time
	skipped int
}

func (c *complaint) due(now time.Time) (skipped int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.last) < time.Second {
		c.skipped++
		return 0, false
	}
	skipped, c.skipped, c.last = c.skipped, 0, now
	return skipped, true
}

// complain logs a message that could not be read: never its text, which may
// hold secrets.
func (c *core) complain(what string, src hop, err error) {
	if skipped, ok := c.complaint.due(time.Now()); ok {
		c.log.Info("SIP message refused", zap.String("what", what), zap.Stringer("source", src.addr),
			zap.String("transport", src.network()), zap.Error(err), zap.Int("alsoRefused", skipped))
	}
}
