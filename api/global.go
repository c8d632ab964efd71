package api

import (
	"context"
	"encoding/json"
	"fmt"

	"ringflow/endpoints"
)

// GlobalSettings are what counts for the whole server.
type GlobalSettings struct {
	_                 struct{} `ns:"Voice.Api.System"`
	LogRetentionDays  int      // how long the audit log keeps an entry
	MinPasswordLength int      // of passwords that are chosen from now on

	revision int64 // for the ETag
}

// GetGlobalSettings shows them.
type GetGlobalSettings struct {
	_ struct{} `ns:"Voice.Api.System"`
}

// PatchGlobalSettings changes them.
type PatchGlobalSettings struct {
	_                 struct{} `ns:"Voice.Api.System"`
	LogRetentionDays  *int
	MinPasswordLength *int
}

const (
	globalMeta        = "globalSettings"
	defaultRetention  = 400 // days: a year, and time to look back on it
	maxRetention      = 3_650
	maxPasswordLength = 64
)

func (s *Server) getGlobalSettings(r *Request, _ *GetGlobalSettings) (*GlobalSettings, error) {
	return r.found.global, nil
}

// globalSettings is for the settings of the whole server, which are no account's.
func globalSettings() scope {
	return scope{noAccount().name, func(s *Server, r *Request, _ any) (err error) {
		r.found.global, err = s.globals(r.Context())
		return err
	}}
}

func (s *Server) patchGlobalSettings(r *Request, q *PatchGlobalSettings) (*GlobalSettings, error) {
	g := r.found.global
	set(&g.LogRetentionDays, q.LogRetentionDays)
	set(&g.MinPasswordLength, q.MinPasswordLength)
	if g.LogRetentionDays < 1 || g.LogRetentionDays > maxRetention {
		return nil, &endpoints.Invalid{Field: "logRetentionDays", Text: fmt.Sprintf("is %d; 1 to %d is allowed", g.LogRetentionDays, maxRetention)}
	}
	if g.MinPasswordLength < endpoints.MinPassword || g.MinPasswordLength > maxPasswordLength {
		return nil, &endpoints.Invalid{Field: "minPasswordLength", Text: fmt.Sprintf("is %d; %d to %d is allowed", g.MinPasswordLength, endpoints.MinPassword, maxPasswordLength)}
	}
	text, err := json.Marshal(g)
	if err != nil {
		return nil, err
	}
	g.revision, err = s.Store.PutMetaAt(r.Context(), globalMeta, string(text), g.revision)
	return g, err
}

// globals are the settings of the server as they are kept.
func (s *Server) globals(ctx context.Context) (*GlobalSettings, error) {
	g := &GlobalSettings{LogRetentionDays: defaultRetention, MinPasswordLength: endpoints.MinPassword}
	text, revision, err := s.Store.MetaAt(ctx, globalMeta)
	if g.revision = revision; err == nil && text != "" {
		err = json.Unmarshal([]byte(text), g)
	}
	return g, err
}

// longEnough refuses a password that is shorter than the server wants.
func (s *Server) longEnough(ctx context.Context, password string) error {
	g, err := s.globals(ctx)
	if err != nil {
		return err
	}
	if n := len([]rune(password)); n < g.MinPasswordLength {
		return &endpoints.Invalid{Field: "password", Text: fmt.Sprintf("has %d characters; this server wants %d", n, g.MinPasswordLength)}
	}
	return nil
}
