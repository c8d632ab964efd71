package api

import (
	"context"
	"fmt"
	"time"

	"ringflow/endpoints"
	"ringflow/flow"
	"ringflow/store"
)

// PublishFlow makes what was saved live.
type PublishFlow struct {
	_       struct{} `ns:"Voice.Api.Flows"`
	FlowId  string
	Version int // 0: the newest
}

func (q *PublishFlow) flow() string { return q.FlowId }

// ListFlowVersions lists the saves of a flow.
type ListFlowVersions struct {
	_ struct{} `ns:"Voice.Api.Flows"`
	ListRequest
	FlowId string
}

func (q *ListFlowVersions) flow() string { return q.FlowId }

// FlowVersionInfo is one save of a flow.
type FlowVersionInfo struct {
	_         struct{} `ns:"Voice.Api.Flows"`
	Version   int
	DateSaved time.Time
	SavedBy   string
	Name      string
	NodeCount int
	IsLive    bool
}

// GetFlowVersion shows a flow as it was.
type GetFlowVersion struct {
	_       struct{} `ns:"Voice.Api.Flows"`
	FlowId  string
	Version int
}

func (q *GetFlowVersion) flow() string { return q.FlowId }

// RestoreFlowVersion saves an old version anew.
type RestoreFlowVersion struct {
	_       struct{} `ns:"Voice.Api.Flows"`
	FlowId  string
	Version int
}

func (q *RestoreFlowVersion) flow() string { return q.FlowId }

func (s *Server) publishFlow(r *Request, q *PublishFlow) (*FlowInfo, error) {
	ctx, f, state := r.Context(), r.found.flow, r.found.flowState
	version := q.Version
	if version == 0 {
		version = state.Newest
	}
	if version == state.Live {
		return s.flowInfo(ctx, f) // it is live
	}
	if !state.Draft {
		return nil, &endpoints.Invalid{Field: "version", Text: fmt.Sprintf("version %d was live once, and saves of this flow are live at once; restore it", version)}
	}
	if err := s.Store.Publish(ctx, f.ID, version, r.Who.login.EmailAddress); err != nil {
		return nil, err
	}
	s.reload(ctx)
	if f, _, err := s.Store.NewestFlow(ctx, f.ID); err == nil {
		return s.flowInfo(ctx, f)
	}
	return s.flowInfo(ctx, f) // deleted since
}

func (s *Server) listFlowVersions(r *Request, q *ListFlowVersions) (*ListResponse[FlowVersionInfo], error) {
	list, err := q.list()
	if err != nil {
		return nil, err
	}
	all, total, err := s.Store.FlowVersions(r.Context(), r.found.flow.ID, list)
	if err != nil {
		return nil, err
	}
	items := make([]FlowVersionInfo, len(all))
	for i, v := range all {
		items[i] = FlowVersionInfo{
			Version: v.Version, DateSaved: v.DateLastModified, SavedBy: v.LastModifiedBy, Name: v.Name, NodeCount: max(v.NodeCount, 0),
			IsLive: v.Version == r.found.flowState.Live,
		}
	}
	return page(&q.ListRequest, items, total), nil
}

func (s *Server) getFlowVersion(r *Request, q *GetFlowVersion) (*FlowInfo, error) {
	f, err := s.flowVersion(r, q.Version)
	if err != nil {
		return nil, err
	}
	return s.flowInfo(r.Context(), f)
}

// flowVersion is the found flow as it was; other than a session's, one of
// another account it can't be.
func (s *Server) flowVersion(r *Request, version int) (*flow.Flow, error) {
	now := r.found.flow
	f, err := s.Store.FlowVersion(r.Context(), now.ID, version)
	if err != nil || f.AccountID != now.AccountID {
		return nil, missing(err, "version of the flow", fmt.Sprint(version))
	}
	f.DateCreated, f.CreatedBy, f.TagIDs = now.DateCreated, now.CreatedBy, now.TagIDs
	return f, nil
}

// restoreFlowVersion brings back what a version was; whose customer's the flow
// is stays.
func (s *Server) restoreFlowVersion(r *Request, q *RestoreFlowVersion) (*FlowInfo, error) {
	f, err := s.flowVersion(r, q.Version)
	if err != nil {
		return nil, err
	}
	now := r.found.flow
	f.CustomerID, f.LastModifiedBy, f.Revision = now.CustomerID, r.Who.login.EmailAddress, now.Revision
	return s.saveFlow(r, f, r.found.flowState.Draft)
}

// withDrafts puts what was saved last in the place of what is live.
func (s *Server) withDrafts(ctx context.Context, flows []store.FlowHead) error {
	ids := make([]string, len(flows))
	for i, f := range flows {
		ids[i] = f.ID
	}
	states, err := s.Store.FlowStates(ctx, ids...)
	if err != nil {
		return err
	}
	for i, f := range flows {
		state := states[f.ID]
		if !state.Draft || state.Newest == f.Version {
			continue
		}
		newest, err := s.Store.FlowVersion(ctx, f.ID, state.Newest)
		if err != nil {
			return err
		}
		newest.DateCreated, newest.CreatedBy, newest.TagIDs = f.DateCreated, f.CreatedBy, f.TagIDs
		flows[i] = withCounts(newest)[0]
	}
	return nil
}
