package speech

import (
	"container/list"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"ringflow/media"
)

// cache keeps what was spoken as files, the longest unused going first when
// they are more than its bytes. A file is whole or not there.
type cache struct {
	dir string
	max int64

	mu     sync.Mutex
	size   int64
	byName map[string]*list.Element // of *entry
	used   list.List                // the latest first
}

type entry struct {
	name string
	size int64
}

const partial = ".part-"

// openCache makes the folder, and takes what is in it.
func openCache(dir string, max int64) (*cache, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var infos []fs.FileInfo
	for _, f := range files {
		if strings.HasPrefix(f.Name(), partial) {
			os.Remove(filepath.Join(dir, f.Name())) //nolint:errcheck // a leftover of a crash; it only takes room
			continue
		}
		if i, err := f.Info(); err == nil && i.Mode().IsRegular() && strings.HasSuffix(f.Name(), ".wav") {
			infos = append(infos, i)
		}
	}
	slices.SortFunc(infos, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	c := &cache{dir: dir, max: max, byName: map[string]*list.Element{}}
	for _, i := range infos {
		c.remove(c.add(i.Name(), i.Size()))
	}
	return c, nil
}

func cacheName(engine, voice, text string) string {
	h := sha256.New()
	for _, s := range []string{engine, voice, text} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)) + ".wav"
}

// get gives a clip, or nil.
func (c *cache) get(name string) *media.Clip {
	c.mu.Lock()
	e, ok := c.byName[name]
	if ok {
		c.used.MoveToFront(e)
	}
	c.mu.Unlock()
	if !ok {
		return nil
	}
	path := filepath.Join(c.dir, name)
	f, err := os.Open(path)
	if err != nil {
		c.forget(name)
		return nil
	}
	defer f.Close()
	clip, err := media.DecodeClip(f)
	if err != nil { // somebody else wrote to it
		c.forget(name)
		return nil
	}
	now := time.Now()
	os.Chtimes(path, now, now) //nolint:errcheck // only tells the next start what was used last
	return clip
}

// put keeps a clip.
func (c *cache) put(name string, clip *media.Clip) error {
	f, err := os.CreateTemp(c.dir, partial)
	if err != nil {
		return err
	}
	err = media.WriteWAV(f, media.ClipRate, clip.Samples())
	size := int64(len(clip.Samples())) * 2
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(c.dir, name))
	}
	if err != nil {
		os.Remove(f.Name()) //nolint:errcheck // the error that counts is the one before
		return err
	}
	c.remove(c.add(name, size))
	return nil
}

// add notes a file and tells which ones have to go.
func (c *cache) add(name string, size int64) (gone []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byName[name]; ok {
		c.drop(e)
	}
	c.byName[name] = c.used.PushFront(&entry{name, size})
	for c.size += size; c.size > c.max && c.used.Len() > 0; {
		gone = append(gone, c.drop(c.used.Back()))
	}
	return gone
}

func (c *cache) drop(e *list.Element) string {
	x := c.used.Remove(e).(*entry)
	delete(c.byName, x.name)
	c.size -= x.size
	return x.name
}

func (c *cache) forget(name string) {
	c.mu.Lock()
	if e, ok := c.byName[name]; ok {
		c.drop(e)
	}
	c.mu.Unlock()
	c.remove([]string{name})
}

func (c *cache) remove(names []string) {
	for _, n := range names {
		os.Remove(filepath.Join(c.dir, n)) //nolint:errcheck // what stays is found by the next start
	}
}
