//go:build linux && (amd64 || arm64)

package media

import (
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// watcher reads many sockets in one goroutine as soon as something comes. It
// waits on an epoll set of its own, and that set waits in Go's: so a burst of
// packets on a hundred sockets wakes one goroutine once.
type watcher struct {
	file *os.File
	fd   int
	done chan struct{}

	mu   sync.Mutex
	next int32
	byID map[int32]*watch
}

// watch is one socket in a watcher. mu is held while its receiver runs, so
// that stop can wait for that.
type watch struct {
	sock    *rawSocket
	receive receiver

	mu   sync.Mutex
	gone bool
}

func newWatcher() (*watcher, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll_create1: %w", err)
	}
	if err := syscall.SetNonblock(fd, true); err != nil { // so that os.File waits for it without a thread
		syscall.Close(fd)
		return nil, fmt.Errorf("epoll set to non-blocking: %w", err)
	}
	w := &watcher{file: os.NewFile(uintptr(fd), "epoll"), fd: fd, done: make(chan struct{}), byID: map[int32]*watch{}}
	rc, err := w.file.SyscallConn()
	if err != nil {
		w.file.Close()
		return nil, err
	}
	go func() {
		defer close(w.done)
		events := make([]syscall.EpollEvent, 128)
		m := new(message)
		_ = rc.Read(func(fd uintptr) bool { // ends when close closes the file
			for w.turn(fd, events, m) {
			}
			return false
		})
	}()
	return w, nil
}

// turn reads one packet of each socket that has one.
func (w *watcher) turn(fd uintptr, events []syscall.EpollEvent, m *message) bool {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, fd, uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
	if errno == syscall.EINTR {
		return true
	}
	if errno != 0 || n == 0 {
		return false
	}
	now := time.Now()
	for _, ev := range events[:n] {
		w.mu.Lock()
		x := w.byID[ev.Fd]
		w.mu.Unlock()
		if x == nil {
			continue
		}
		x.mu.Lock()
		if !x.gone {
			if b, from, _, ok := x.sock.recv(m); ok {
				x.receive(b, from, now)
			}
		}
		x.mu.Unlock()
	}
	return true
}

// watch has f called for each packet of s. Once stop returns, f is over.
func (w *watcher) watch(s *rawSocket, f receiver) (stop func(), err error) {
	x := &watch{sock: s, receive: f}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.fd < 0 {
		return nil, ErrClosed
	}
	w.mu.Lock()
	w.next++
	id := w.next
	w.byID[id] = x
	w.mu.Unlock()
	ev := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: id}
	if err := syscall.EpollCtl(w.fd, syscall.EPOLL_CTL_ADD, s.fd, &ev); err != nil {
		w.forget(id)
		return nil, fmt.Errorf("epoll_ctl: %w", err)
	}
	return func() {
		s.mu.RLock()
		if s.fd >= 0 { // a closed one left the set by itself
			_ = syscall.EpollCtl(w.fd, syscall.EPOLL_CTL_DEL, s.fd, &syscall.EpollEvent{})
		}
		s.mu.RUnlock()
		w.forget(id)
		x.mu.Lock()
		x.gone = true
		x.mu.Unlock()
	}, nil
}

func (w *watcher) forget(id int32) {
	w.mu.Lock()
	delete(w.byID, id)
	w.mu.Unlock()
}

func (w *watcher) close() {
	w.file.Close()
	<-w.done
}

// watchNow has s read the moment something comes; ok is false if that is what
// happens already.
func (e *Engine) watchNow(s socket, f receiver) (stop func(), ok bool) {
	raw, is := s.(*rawSocket)
	if !is {
		return nil, false
	}
	w, err := e.watcher()
	if err != nil {
		return nil, false
	}
	stop, err = w.watch(raw, f)
	return stop, err == nil
}

var _ socket = (*rawSocket)(nil)
