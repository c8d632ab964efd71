package store

import (
	"context"

	"ringflow/endpoints"
)

// EmailAccounts are the e-mail accounts that keep says, by the account whose they are.
func (s *Store) EmailAccounts(ctx context.Context, keep func(endpoints.EmailAccount) bool) (map[string][]endpoints.EmailAccount, error) {
	var rows []*settingsRow
	if err := s.r.NewSelect().Model(&rows).Where("body LIKE ?", `%"emailAddress"%`).Scan(ctx); err != nil {
		return nil, err
	}
	out := map[string][]endpoints.EmailAccount{}
	for _, r := range rows {
		v := endpoints.DefaultSettings(r.AccountID)
		if err := s.seal.openSettings(r.AccountID, r.Body, v); err != nil {
			return nil, err
		}
		for _, a := range v.EmailAccounts {
			if keep(a) {
				out[r.AccountID] = append(out[r.AccountID], a)
			}
		}
	}
	return out, nil
}
