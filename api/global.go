package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"ringflow/endpoints"
)

// GlobalSettings are what counts for the whole server.
type GlobalSettings struct {
	_                 struct{} `ns:"Voice.Api.System"`
	LogRetentionDays  int      // how long the audit log keeps an entry
	MinPasswordLength int      // of passwords that are chosen from now on
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
	return s.globals(r.Context())
}

func (s *Server) patchGlobalSettings(r *Request, q *PatchGlobalSettings) (*GlobalSettings, error) {
	g, err := s.globals(r.Context())
	if err != nil {
		return nil, err
	}
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
	return g, s.Store.PutMeta(r.Context(), globalMeta, string(text))
}

// globals are the settings of the server as they are kept.
func (s *Server) globals(ctx context.Context) (*GlobalSettings, error) {
	g := &GlobalSettings{LogRetentionDays: defaultRetention, MinPasswordLength: endpoints.MinPassword}
	text, err := s.Store.Meta(ctx, globalMeta)
	if errors.Is(err, fs.ErrNotExist) {
		return g, nil
	}
	if err == nil {
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
