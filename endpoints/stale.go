package endpoints

import (
	"context"
	"errors"
)

// ErrStale tells that something has changed since it was read: what was made of
// it isn't kept. Who wants the change makes it again of what there is now.
var ErrStale = errors.New("was changed by somebody else in the meantime")

type expectedKey struct{}

type expected struct {
	id       string
	revision int64
}

// At makes what is done under the context to what has this id (deletions,
// publications, calls: what puts no entity) happen only while it has that
// revision; else it is ErrStale.
func At(ctx context.Context, id string, revision int64) context.Context {
	return context.WithValue(ctx, expectedKey{}, expected{id, revision})
}

// Expected is the revision that At wants of what has this id; false: any will do.
func Expected(ctx context.Context, id string) (revision int64, ok bool) {
	want, ok := ctx.Value(expectedKey{}).(expected)
	return want.revision, ok && want.id == id
}

// Expecting is ctx, with what At has said of another context and nothing else.
func Expecting(ctx, of context.Context) context.Context {
	return context.WithValue(ctx, expectedKey{}, of.Value(expectedKey{}))
}
