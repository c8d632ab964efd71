package session

import (
	"context"

	"ringflow/endpoints"
	"ringflow/endpoints/sms"
)

// Remembering is st for the texts' desk, which asks of each text what each call asks, too: it
// is asked of memory.
func (s *Switchboard) Remembering(st sms.Store) sms.Store { return remembering{st, &s.cache} }

type remembering struct {
	sms.Store
	cache *cache
}

func (r remembering) Endpoint(ctx context.Context, id string) (*endpoints.Endpoint, error) {
	return r.cache.endpoint(ctx, id)
}

func (r remembering) EndpointByNumber(ctx context.Context, e164 string) (*endpoints.Endpoint, error) {
	return r.cache.number(ctx, e164)
}

func (r remembering) Settings(ctx context.Context, accountID string) (*endpoints.Settings, error) {
	return r.cache.settingsOf(ctx, accountID)
}
