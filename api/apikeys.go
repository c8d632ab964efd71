package api

import (
	"net/http"
	"time"

	"ringflow/endpoints"
)

// listApiKeys lists the caller's keys, and those of the logins that he manages.
func (s *Server) listApiKeys(r *Request, q *ListApiKeys) (*ListResponse[ApiKeyInfo], error) {
	list, err := q.list()
	if err != nil {
		return nil, err
	}
	f := endpoints.APIKeyFilter{List: list, NameFilter: q.NameFilter}
	if !r.Who.administrator() {
		f.LoginIDs = []string{r.Who.login.ID}
		if r.Who.login.Has(endpoints.Manager) {
			f.ManagedBy = r.Who.login.AccountIDs
		}
	}
	all, total, err := s.Store.APIKeys(r.Context(), f)
	items := make([]ApiKeyInfo, len(all))
	for i, k := range all {
		items[i] = keyInfo(k)
	}
	return page(&q.ListRequest, items, total), err
}

// newApiKey makes a key. It never has more than its maker's rights: these are
// looked up each time it is used.
func (s *Server) newApiKey(r *Request, q *NewApiKey) (*ApiKeyInfo, error) {
	if r.Who.key != nil || r.Who.login.ID == localLogin {
		return nil, fail(http.StatusForbidden, "Forbidden", "API keys are made by people: log in with a password")
	}
	if !q.Expires.IsZero() && !q.Expires.After(time.Now()) {
		return nil, &endpoints.Invalid{Field: "expires", Text: "is over already"}
	}
	k := &endpoints.APIKey{Name: q.Name, LoginID: r.Who.login.ID, AccountIDs: q.AccountIds, Scopes: wordsOf[endpoints.KeyScope](q.Scopes), Expires: q.Expires.UTC().Truncate(time.Microsecond)}
	if q.Expires.IsZero() {
		k.Expires = time.Time{}
	}
	k.CreatedBy = r.Who.login.EmailAddress
	key := k.NewKey()
	if err := s.Store.AddAPIKey(r.Context(), k); err != nil {
		return nil, err
	}
	info := keyInfo(k)
	info.Key = key
	return &info, nil
}

func (s *Server) getApiKey(r *Request, _ *GetApiKey) (*ApiKeyInfo, error) {
	info := keyInfo(r.found.key)
	return &info, nil
}

func (s *Server) deleteApiKey(r *Request, _ *DeleteApiKey) error {
	return s.Store.DeleteAPIKey(r.Context(), r.found.key.ID)
}

func keyInfo(k *endpoints.APIKey) ApiKeyInfo {
	return ApiKeyInfo{
		EntityInfo: entityInfo(k.Entity), Name: k.Name, Prefix: k.Prefix, UserId: k.LoginID, AccountIds: listOf(k.AccountIDs), Scopes: wordsOf[ApiKeyScopes](k.Scopes),
		Expires: k.Expires, LastUsed: k.LastUsed, LastIpAddress: k.LastIP,
	}
}

// accountsOfKey is for a key that is made for some of the caller's accounts.
func accountsOfKey() scope {
	return scope{"accounts of the key", func(s *Server, r *Request, in any) error {
		r.found.kept = true
		for _, id := range in.(*NewApiKey).AccountIds {
			if !r.Who.may(id) {
				return notFound("account", id)
			}
			if _, err := s.Store.Account(r.Context(), id); err != nil {
				return missing(err, "account", id)
			}
		}
		return nil
	}}
}

// ownKeys is for a list that shows the caller's own keys, and those of whom he manages.
func ownKeys() scope {
	return scope{"own, and of managed logins", func(_ *Server, r *Request, _ any) error {
		r.found.kept = true
		return nil
	}}
}

// oneKey is for an API key that the caller made, or a login that he manages.
func oneKey() scope {
	return scope{"API key", func(s *Server, r *Request, in any) error {
		id := in.(interface{ apiKey() string }).apiKey()
		k, err := s.Store.APIKey(r.Context(), id)
		if err != nil {
			return missing(err, "API key", id)
		}
		r.found.key, r.found.kept = k, true
		if k.LoginID == r.Who.login.ID || r.Who.administrator() {
			return nil
		}
		if maker, err := s.Store.Login(r.Context(), k.LoginID); err != nil || !r.Who.login.Has(endpoints.Manager) || managed(r.Who, maker) != nil {
			return missing(err, "API key", id)
		}
		return nil
	}}
}
