package flowtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ringflow/flow"
)

// session makes the session's built-in fields of the story's, the others as a
// call has them. One that a story can't set is an error, not left out.
func (s *Story) session() (*flow.Session, error) {
	x := &flow.Session{
		ID: "session-1", Channel: string(flow.Voice), Direction: "Incoming", Started: s.At, FlowID: "flow-1",
		FromAddress: "+14155550123", FromName: "Anna Miller", ToAddress: "+18005550100",
		EndpointID: "endpoint-1", EndpointName: "Front desk",
	}
	fields := map[string]*string{
		"Id": &x.ID, "Channel": &x.Channel, "Direction": &x.Direction, "FromAddress": &x.FromAddress, "FromName": &x.FromName,
		"ToAddress": &x.ToAddress, "Destination": &x.Destination, "EndpointId": &x.EndpointID, "EndpointName": &x.EndpointName,
		"CustomerId": &x.CustomerID, "CustomerName": &x.CustomerName, "Body": &x.Body, "ForwardedFrom": &x.ForwardedFrom,
		"Diversion": &x.Diversion, "CallerName": &x.CallerName, "StirVerstat": &x.StirVerstat, "SipCallId": &x.SipCallID,
		"ParentSessionId": &x.ParentSessionID, "ConsoleData": &x.ConsoleData, "MusicOnHold": &x.MusicOnHold,
	}
	for _, name := range slices.Sorted(maps.Keys(s.Session)) {
		p := fields[name]
		if p == nil {
			return nil, fmt.Errorf("session: a story can't set %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		}
		*p = s.Session[name]
	}
	return x, nil
}
