package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ringflow/flow/flowtest"
)

// pastSession is what a story is made of.
type pastSession struct {
	ID, Channel, Direction, Destination, ToAddress, FromAddress, FromName string
	FlowID, FlowName, Outcome                                             string
	FlowVersion                                                           int
	Ended                                                                 bool
	Log                                                                   []struct {
		Date    time.Time
		Message string
	}
}

// fromSession writes a story of a session that is over to the standard output;
// what it does not get right is told on the other one.
func (f *testFlags) fromSession(ctx context.Context, cmd *cobra.Command) error {
	c, err := f.api.client(cmd)
	if err != nil {
		return err
	}
	var s pastSession
	if err := c.get(ctx, "/sessions/"+url.PathEscape(f.session), &s); err != nil {
		return fmt.Errorf("session %s: %w", f.session, err)
	}
	switch {
	case !s.Ended:
		return fmt.Errorf("session %s is not over yet", f.session)
	case s.FlowID == "":
		return fmt.Errorf("session %s ran no flow", f.session)
	}
	raw, err := c.flowVersion(ctx, s.FlowID, s.FlowVersion)
	if err != nil {
		return err
	}
	past := flowtest.Past{ID: s.ID, Flow: s.FlowID, Raw: raw, Session: map[string]string{}}
	if s.Outcome != "Completed" { // what a call has whose flow sets none
		past.Outcome = s.Outcome
	}
	for name, v := range map[string]string{"Channel": s.Channel, "Direction": s.Direction, "Destination": s.Destination,
		"ToAddress": s.ToAddress, "FromAddress": s.FromAddress, "FromName": s.FromName} {
		if v != "" {
			past.Session[name] = v
		}
	}
	for _, l := range s.Log {
		past.Log = append(past.Log, flowtest.LogLine{Time: l.Date, Message: l.Message})
	}
	text, err := past.Story(ctx)
	if _, failed := cmd.OutOrStdout().Write(text); failed != nil {
		return failed
	}
	return err
}

// flowVersion gives a flow in the version that a session ran.
func (c apiClient) flowVersion(ctx context.Context, id string, version int) ([]byte, error) {
	var now struct{ Version int }
	var raw json.RawMessage
	path := "/flows/" + url.PathEscape(id)
	if err := c.get(ctx, path, &raw); err != nil {
		return nil, fmt.Errorf("flow %s: %w", id, err)
	}
	if err := json.Unmarshal(raw, &now); err != nil {
		return nil, err
	}
	if version == 0 || now.Version == version {
		return raw, nil
	}
	err := c.get(ctx, fmt.Sprintf("%s/versions/%d", path, version), &raw)
	return slices.Clone(raw), err
}
