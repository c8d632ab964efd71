package endpoints

import "errors"

// ErrStale tells that something has changed since it was read: what was made of
// it isn't kept. Who wants the change makes it again of what there is now.
var ErrStale = errors.New("was changed by somebody else in the meantime")
