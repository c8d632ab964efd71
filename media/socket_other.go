//go:build !linux || !(amd64 || arm64)

package media

import (
	"errors"
	"net/netip"
)

// Elsewhere every socket is read by a goroutine of its own.

var errNotHere = errors.New("media: reading without blocking is made for Linux on amd64 and arm64")

func openRaw(netip.Addr, int) (socket, error) { return nil, errNotRaw }

type watcher struct{}

func newWatcher() (*watcher, error) { return nil, errNotHere }

func (w *watcher) close() {}

func (e *Engine) watchNow(socket, receiver) (stop func(), ok bool) { return nil, false }
