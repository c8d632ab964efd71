package media

import (
	"container/list"
	"context"
	"errors"
	"io"
	"sync"
)

// ClipCache keeps clips that were decoded, the least used of them going first
// when they are more than its bytes. The same clip asked for twice at the same
// time is made once. It has no goroutine: whoever asks first makes the clip.
type ClipCache struct {
	max int64

	mu     sync.Mutex
	size   int64
	byKey  map[string]*list.Element // of *cached
	used   list.List                // the latest first
	making map[string]*making
	stats  ClipCacheStats
}

// ClipCacheStats counts.
type ClipCacheStats struct {
	Clips           int
	Bytes           int64
	Hits, Misses    uint64
	Failed, Evicted uint64
}

type cached struct {
	key  string
	clip *Clip
}

type making struct {
	done chan struct{}
	clip *Clip
	err  error
}

// NewClipCache makes a cache of that many bytes.
func NewClipCache(maxBytes int64) *ClipCache {
	return &ClipCache{max: maxBytes, byKey: map[string]*list.Element{}, making: map[string]*making{}}
}

// Load gives the clip of that key, decoding what open gives if it is not there.
func (c *ClipCache) Load(ctx context.Context, key string, open func() (io.ReadCloser, error)) (*Clip, error) {
	return c.Do(ctx, key, func(context.Context) (*Clip, error) {
		r, err := open()
		if err != nil {
			return nil, err
		}
		clip, err := DecodeClip(r)
		if e := r.Close(); err == nil {
			err = e
		}
		return clip, err
	})
}

// Do gives the clip of that key, made by load with the context of whoever came
// first; when that one leaves, the next one takes over. Errors are not kept.
func (c *ClipCache) Do(ctx context.Context, key string, load func(context.Context) (*Clip, error)) (*Clip, error) {
	for {
		c.mu.Lock()
		if e, ok := c.byKey[key]; ok {
			c.used.MoveToFront(e)
			c.stats.Hits++
			c.mu.Unlock()
			return e.Value.(*cached).clip, nil
		}
		m, ok := c.making[key]
		if !ok {
			m = &making{done: make(chan struct{})}
			c.making[key] = m
			c.stats.Misses++
			c.mu.Unlock()
			return c.load(ctx, key, m, load)
		}
		c.mu.Unlock()
		select {
		case <-m.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if m.err == nil || !gaveUp(m.err) {
			return m.clip, m.err
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
}

// errGaveUp marks that the maker's own context ended: no fault of the clip.
type errGaveUp struct{ error }

func (e errGaveUp) Unwrap() error { return e.error }

func gaveUp(err error) bool {
	var e errGaveUp
	return errors.As(err, &e)
}

func (c *ClipCache) load(ctx context.Context, key string, m *making, load func(context.Context) (*Clip, error)) (*Clip, error) {
	m.err = errors.New("clip: its maker panicked") // what others see if load never returns
	defer func() {
		c.mu.Lock()
		delete(c.making, key)
		if m.err != nil {
			c.stats.Failed++
		} else {
			c.put(key, m.clip)
		}
		c.mu.Unlock()
		close(m.done)
	}()
	clip, err := load(ctx)
	if err != nil && ctx.Err() != nil {
		m.err = errGaveUp{err}
		return nil, err
	}
	m.clip, m.err = clip, err
	return clip, err
}

// put keeps the clip, if it is not larger than a quarter of the cache: one
// long piece of music should not drive out every prompt. c.mu is held.
func (c *ClipCache) put(key string, clip *Clip) {
	if clip.Size() > c.max/4 {
		return
	}
	c.byKey[key] = c.used.PushFront(&cached{key, clip})
	for c.size += clip.Size(); c.size > c.max; c.stats.Evicted++ {
		c.drop(c.used.Back())
	}
}

func (c *ClipCache) drop(e *list.Element) {
	k := c.used.Remove(e).(*cached)
	delete(c.byKey, k.key)
	c.size -= k.clip.Size()
}

// Forget drops the clip of that key, for instance as its file was deleted.
// Who plays it goes on.
func (c *ClipCache) Forget(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byKey[key]; ok {
		c.drop(e)
	}
}

// Stats counts what is in the cache and what became of the questions.
func (c *ClipCache) Stats() ClipCacheStats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	s.Clips, s.Bytes = len(c.byKey), c.size
	return s
}
