package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	keysFor   = 24 * time.Hour // as the framework wants it
	keysStale = 5 * 24 * time.Hour
	// keysAgain is how soon keys are asked for again because of one that is unknown:
	// strangers may name as many as they like.
	keysAgain = time.Minute
	keysSoon  = 2 * time.Second // while there are none at all
	maxRings  = 1000
)

// errKeys tells that the keys can't be had now: the token may be right.
var errKeys = errors.New("the keys of the Bot Framework can't be had")

// signingKey is a key with the channels that it speaks for.
type signingKey struct {
	jose.JSONWebKey
	endorsed []string
}

// keyring has the keys of those who make tokens, by the address of their description. Its
// zero value is ready.
type keyring struct {
	mu    sync.Mutex
	rings map[string]*ring
}

type ring struct {
	turn chan struct{} // held by who fetches

	mu      sync.Mutex
	keys    map[string]signingKey
	fetched time.Time
	tried   time.Time
}

func (k *keyring) of(address string) *ring {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.rings[address] == nil {
		if k.rings == nil || len(k.rings) >= maxRings {
			k.rings = map[string]*ring{}
		}
		k.rings[address] = &ring{turn: make(chan struct{}, 1)}
	}
	return k.rings[address]
}

// find is the key of this id; errKeys: it can't be told now whether there is one.
func (k *keyring) find(ctx context.Context, c *http.Client, address, kid string) (signingKey, error) {
	r := k.of(address)
	if key, ok, fresh := r.look(kid); ok && fresh {
		return key, nil
	}
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return signingKey{}, errKeys
	}
	defer func() { <-r.turn }()
	key, ok, fresh := r.look(kid)
	if ok && fresh {
		return key, nil
	}
	var err error
	if r.mayAsk() {
		var keys map[string]signingKey
		if keys, err = fetchKeys(ctx, c, address); err == nil {
			r.mu.Lock()
			r.keys, r.fetched = keys, time.Now()
			r.mu.Unlock()
		}
		key, ok, _ = r.look(kid)
	}
	r.mu.Lock()
	never := r.fetched.IsZero()
	r.mu.Unlock()
	switch {
	case ok: // an old key rather than none, while the framework is away
		return key, nil
	case err != nil:
		return key, fmt.Errorf("%w: %w", errKeys, err)
	case never:
		return key, errKeys
	}
	return key, errors.New("the token is signed by a key that the Bot Framework doesn't have")
}

// look is the key, and whether it need not be asked for anew.
func (r *ring) look(kid string) (key signingKey, ok, fresh bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	age := time.Since(r.fetched)
	if age > keysStale {
		return key, false, false
	}
	key, ok = r.keys[kid]
	return key, ok, age < keysFor
}

// mayAsk tells whether the keys may be asked for now, and notes that they are.
func (r *ring) mayAsk() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	wait := keysAgain
	if r.fetched.IsZero() {
		wait = keysSoon
	}
	if time.Since(r.tried) < wait {
		return false
	}
	r.tried = time.Now()
	return true
}

func fetchKeys(ctx context.Context, c *http.Client, address string) (map[string]signingKey, error) {
	var about struct {
		Keys string `json:"jwks_uri"`
	}
	if err := getJSON(ctx, c, address, &about); err != nil {
		return nil, err
	}
	at, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	keysAt, err := url.Parse(about.Keys)
	if err != nil || keysAt.Scheme != at.Scheme || !strings.EqualFold(keysAt.Host, at.Host) {
		return nil, errors.New("the description names keys on another host")
	}
	var raw struct{ Keys []json.RawMessage }
	if err := getJSON(ctx, c, about.Keys, &raw); err != nil {
		return nil, err
	}
	keys := map[string]signingKey{}
	for _, one := range raw.Keys {
		var k signingKey
		var more struct{ Endorsements []string }
		if k.UnmarshalJSON(one) != nil || json.Unmarshal(one, &more) != nil || !k.IsPublic() || k.KeyID == "" {
			continue // of a kind that we don't know
		}
		k.endorsed = more.Endorsements
		keys[k.KeyID] = k
	}
	if len(keys) == 0 {
		return nil, errors.New("there are none")
	}
	return keys, nil
}

func getJSON(ctx context.Context, c *http.Client, address string, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %d", req.URL.Host, resp.StatusCode)
	}
	return json.NewDecoder(resp.Body).Decode(out)
}
