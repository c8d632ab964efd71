package session

import (
	"context"
	"strings"
	"sync"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
)

const (
	// cacheFor bounds how long another server's change of a shared database
	// stays unseen; our own changes show at once, by the store's revision, and
	// what is remembered of a database that is ours alone holds until then.
	cacheFor   = 2 * time.Second
	maxCached  = 10_000
	maxProgram = 1_000
)

// cache remembers what every call looks up, so that a busy number costs no SQL.
type cache struct {
	store Store

	mu        sync.Mutex
	revision  uint64
	until     time.Time
	byID      map[string]*endpoints.Endpoint
	byNumber  map[string]*endpoints.Endpoint
	settings  map[string]*endpoints.Settings
	customers map[string][]*endpoints.Customer // each with those above it
	owned     map[string][]string
	flows     map[string]*flow.Flow
	files     map[string]*endpoints.File
	programs  map[programKey]*compiled // immutable: never forgotten, only bounded
	parsed    map[[2]string]e164       // the same
	outside   map[[3]string]error      // the same
}

// e164 is what a text is as a telephone number.
type e164 struct {
	number string
	err    error
}

// parse is endpoints.ParseNumber, which has a tenth of the cost of a call:
// most texts come again and again.
func (c *cache) parse(text, country string) (string, error) {
	key := [2]string{text, country}
	c.mu.Lock()
	p, ok := c.parsed[key]
	c.mu.Unlock()
	if ok {
		return p.number, p.err
	}
	p.number, p.err = endpoints.ParseNumber(text, country)
	if len(text) > maxLine {
		return p.number, p.err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.parsed == nil || len(c.parsed) >= maxCached {
		c.parsed = map[[2]string]e164{}
	}
	c.parsed[key] = p
	return p.number, p.err
}

// allowedOutside is endpoints.AllowedOutside, which costs as much, and is asked when a
// call is accepted and again when it is dialled.
func (c *cache) allowedOutside(s *endpoints.Settings, e164 string) error {
	key := [3]string{e164, s.DefaultCountry, strings.Join(s.AllowedCountries, " ")}
	c.mu.Lock()
	err, ok := c.outside[key]
	c.mu.Unlock()
	if ok {
		return err
	}
	err = endpoints.AllowedOutside(s, e164)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.outside == nil || len(c.outside) >= maxCached {
		c.outside = map[[3]string]error{}
	}
	c.outside[key] = err
	return err
}

func (c *cache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
}

// clear is called with the lock held.
func (c *cache) clear() {
	c.byID = map[string]*endpoints.Endpoint{}
	c.byNumber = map[string]*endpoints.Endpoint{}
	c.settings = map[string]*endpoints.Settings{}
	c.customers = map[string][]*endpoints.Customer{}
	c.owned = map[string][]string{}
	c.flows = map[string]*flow.Flow{}
	c.files = map[string]*endpoints.File{}
}

// cached looks key up in one of c's maps, else asks the store. Errors aren't
// remembered: a number that is added now rings now.
func cached[V any](ctx context.Context, c *cache, m func() map[string]V, key string, ask func(context.Context, string) (V, error)) (V, error) {
	c.mu.Lock()
	rev := c.store.Revision()
	if now := time.Now(); rev != c.revision || c.byID == nil || c.store.Shared() && now.After(c.until) {
		c.clear()
		c.revision, c.until = rev, now.Add(cacheFor)
	}
	v, ok := m()[key]
	c.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := ask(ctx, key)
	if err != nil {
		return v, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.revision == rev { // else what we read may be older than the change
		if len(m()) >= maxCached {
			c.clear()
		}
		m()[key] = v
	}
	return v, nil
}

func (c *cache) endpoint(ctx context.Context, id string) (*endpoints.Endpoint, error) {
	return cached(ctx, c, func() map[string]*endpoints.Endpoint { return c.byID }, id, c.store.Endpoint)
}

func (c *cache) number(ctx context.Context, e164 string) (*endpoints.Endpoint, error) {
	return cached(ctx, c, func() map[string]*endpoints.Endpoint { return c.byNumber }, e164, c.store.EndpointByNumber)
}

func (c *cache) settingsOf(ctx context.Context, account string) (*endpoints.Settings, error) {
	return cached(ctx, c, func() map[string]*endpoints.Settings { return c.settings }, account, c.store.Settings)
}

// customerLine is a customer and those above it, the nearest first; nobody for no id.
func (c *cache) customerLine(ctx context.Context, id string) ([]*endpoints.Customer, error) {
	if id == "" {
		return nil, nil
	}
	return cached(ctx, c, func() map[string][]*endpoints.Customer { return c.customers }, id, c.store.CustomerLine)
}

func (c *cache) ownedNumbers(ctx context.Context, account string) ([]string, error) {
	return cached(ctx, c, func() map[string][]string { return c.owned }, account, c.store.OwnedNumbers)
}

func (c *cache) flow(ctx context.Context, id string) (*flow.Flow, error) {
	return cached(ctx, c, func() map[string]*flow.Flow { return c.flows }, id, c.store.Flow)
}

func (c *cache) file(ctx context.Context, id string) (*endpoints.File, error) {
	return cached(ctx, c, func() map[string]*endpoints.File { return c.files }, id, c.store.File)
}
