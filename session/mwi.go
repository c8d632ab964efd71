package session

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/sip"
)

// mayWatchBox finds the box that a user's phone wants to watch: its own, which
// many name by nothing or by their own name, or that of a team of the user, by
// the team's id. It gives the resource's name.
func (s *Switchboard) mayWatchBox(ctx context.Context, w sip.Watch) (string, error) {
	e, err := s.boxWatched(ctx, w)
	if err != nil {
		return "", err
	}
	return e.ID, nil
}

// boxState is what is in a watched box now.
func (s *Switchboard) boxState(ctx context.Context, w sip.Watch) (sip.Document, error) {
	e, err := s.boxWatched(ctx, w)
	if err != nil {
		return nil, err
	}
	b, err := s.Store.Box(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	return &sip.MessageSummary{New: b.New, Old: b.Saved}, nil
}

var (
	errNoSuchBox = &sip.Status{Code: 404, Reason: "Not Found"}
	errNotYours  = &sip.Status{Code: 403, Reason: "Forbidden"}
)

// boxWatched is whose box w is about, if its watcher may know what is in it.
func (s *Switchboard) boxWatched(ctx context.Context, w sip.Watch) (*endpoints.Endpoint, error) {
	me, err := s.cache.endpoint(ctx, w.Watcher.ID)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errNotYours
	case err != nil:
		return nil, err
	case w.Resource == "" || strings.EqualFold(w.Resource, me.SipUserName) || w.Resource == me.ID:
		return me, nil
	case !endpoints.ValidID(w.Resource):
		return nil, errNotYours // somebody else, or nobody: who asks is not told which
	}
	team, err := s.cache.endpoint(ctx, w.Resource)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errNotYours
	case err != nil:
		return nil, err
	case team.AccountID != me.AccountID || team.Team == nil || !slices.Contains(team.Team.MemberIDs, me.ID):
		return nil, errNotYours
	}
	return team, nil
}

// BoxChanged tells the phones that show what is in the box of a user or a team:
// a message came, was listened to, or is gone. It does not wait; what can't be
// asked for is logged, and told with the next change.
func (s *Switchboard) BoxChanged(owner string) {
	if owner == "" {
		return
	}
	s.UA.Notify(sip.EventMessages, owner)
	s.wg.Go(func() {
		ctx, cancel := context.WithTimeout(s.after, storeTime)
		defer cancel()
		e, err := s.cache.endpoint(ctx, owner)
		if errors.Is(err, fs.ErrNotExist) || err == nil && e.SipUserName == "" {
			return // gone, a team, or a user without a phone
		}
		var b endpoints.Box
		if err == nil {
			b, err = s.Store.Box(ctx, owner)
		}
		if err != nil {
			if s.after.Err() == nil {
				s.log().Warn("phones are not told of a voicemail box", zap.String("endpoint", owner), zap.Error(err))
			}
			return
		}
		s.UA.NotifyMWI(e.SipUserName, sip.MessageSummary{New: b.New, Old: b.Saved})
	})
}
