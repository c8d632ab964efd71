package api

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
)

// keyTouch is how often the use of a key is noted.
const keyTouch = time.Minute

// byKey is who an API key stands for: its maker, with the key's part of what his
// rights are now.
func (a *authenticator) byKey(r *http.Request, token string) (*caller, error) {
	ctx := r.Context()
	refused := unauthorized("the API key isn't valid; it may be revoked, or too old")
	key, err := a.s.Store.APIKeyByHash(ctx, endpoints.HashKey(token))
	if errors.Is(err, fs.ErrNotExist) { // nobody guesses one, but who tries is slowed down
		if _, wait := a.guard.begin(a.source(r), ""); wait > 0 {
			return nil, &failure{Status: http.StatusTooManyRequests, Code: "TooManyRequests", RetryAfter: int(wait.Seconds()) + 1, Text: "too many wrong tokens; wait a little"}
		}
		return nil, refused
	}
	if err != nil {
		return nil, err
	}
	maker, err := a.s.Store.Login(ctx, key.LoginID)
	if errors.Is(err, fs.ErrNotExist) || err == nil && key.Over(time.Now()) {
		return nil, refused
	}
	if err != nil {
		return nil, err
	}
	a.touch(ctx, r, key)
	return &caller{login: key.Restrict(maker), key: key}, nil
}

// touch notes that a key is used. A database that can't costs nobody the request.
func (a *authenticator) touch(ctx context.Context, r *http.Request, key *endpoints.APIKey) {
	now, ip := time.Now(), a.address(r)
	if now.Sub(key.LastUsed) < keyTouch && key.LastIP == ip {
		return
	}
	if err := a.s.Store.TouchAPIKey(ctx, key.ID, now, ip); err != nil {
		a.s.log().Warn("the use of an API key isn't noted", zap.String("key", key.Name), zap.Error(err))
	}
}
