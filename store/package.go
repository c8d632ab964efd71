package store

import (
	"context"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
	"ringflow/flow"
)

// PutPackage keeps new flows, and the settings with the fields that they use
// unless v is nil: all of it or nothing.
func (s *Store) PutPackage(ctx context.Context, v *endpoints.Settings, flows []*flow.Flow) error {
	for _, f := range flows {
		if err := validFlow(f); err != nil {
			return err
		}
	}
	if v != nil {
		if err := v.Validate(); err != nil {
			return err
		}
	}
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		if v != nil {
			if err := s.putSettings(ctx, tx, v); err != nil {
				return err
			}
		}
		for _, f := range flows {
			if err := s.saveFlow(ctx, tx, f); err != nil {
				return err
			}
		}
		return nil
	})
}
