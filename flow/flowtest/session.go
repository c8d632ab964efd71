package flowtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"ringflow/flow"
)

// Given are the built-in fields of a session that a story sets, as texts; a
// list (MediaUris) or struct (SipHeader) is its JSON.
type Given map[string]string

// UnmarshalYAML implements yaml.Unmarshaler.
func (g *Given) UnmarshalYAML(n *yaml.Node) error {
	var all map[string]given
	if err := n.Decode(&all); err != nil {
		return err
	}
	*g = make(Given, len(all))
	for name, v := range all {
		(*g)[name] = string(v)
	}
	return nil
}

// given is one of them.
type given string

// UnmarshalYAML implements yaml.Unmarshaler.
func (g *given) UnmarshalYAML(n *yaml.Node) error {
	var list []string
	var fields map[string]string
	switch n.Kind {
	case yaml.SequenceNode:
		if err := n.Decode(&list); err != nil {
			return err
		}
		return g.json(list)
	case yaml.MappingNode:
		if err := n.Decode(&fields); err != nil {
			return err
		}
		return g.json(fields)
	}
	return n.Decode((*string)(g))
}

func (g *given) json(v any) error {
	b, err := json.Marshal(v)
	*g = given(b)
	return err
}

// session makes the session's built-in fields of the story's, the others as a
// call has them. One that a story can't set is an error, not left out.
func (s *Story) session() (*flow.Session, error) {
	x := &flow.Session{
		ID: "session-1", Channel: string(flow.Voice), Direction: "Incoming", Started: s.At, FlowID: "flow-1",
		FromAddress: "+14155550123", FromName: "Anna Miller", ToAddress: "+18005550100",
		EndpointID: "endpoint-1", EndpointName: "Front desk",
	}
	fields := map[string]any{
		"Id": &x.ID, "Channel": &x.Channel, "Direction": &x.Direction, "FromAddress": &x.FromAddress, "FromName": &x.FromName,
		"ToAddress": &x.ToAddress, "Destination": &x.Destination, "EndpointId": &x.EndpointID, "EndpointName": &x.EndpointName,
		"CustomerId": &x.CustomerID, "CustomerName": &x.CustomerName, "Body": &x.Body, "ForwardedFrom": &x.ForwardedFrom,
		"Diversion": &x.Diversion, "CallerName": &x.CallerName, "StirVerstat": &x.StirVerstat, "SipCallId": &x.SipCallID,
		"ParentSessionId": &x.ParentSessionID, "ConsoleData": &x.ConsoleData, "MusicOnHold": &x.MusicOnHold,
		"MediaUris": &x.MediaURIs, "SipHeader": &x.SipHeader,
	}
	for _, name := range slices.Sorted(maps.Keys(s.Session)) {
		text := s.Session[name]
		switch p := fields[name].(type) {
		case nil:
			return nil, fmt.Errorf("session: a story can't set %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		case *string:
			*p = text
			if name == "Channel" && s.Channel != "" && s.Channel != text {
				return nil, fmt.Errorf("the story's channel is %s, its session's %s", s.Channel, text)
			}
		case *[]string:
			if json.Unmarshal([]byte(text), p) != nil {
				return nil, fmt.Errorf("session: %s is a list of texts, not %.40q", name, text)
			}
		case *map[string]string:
			if json.Unmarshal([]byte(text), p) != nil {
				return nil, fmt.Errorf("session: %s holds texts by their names, as {X-Tier: Gold}, not %.40q", name, text)
			}
		}
	}
	if s.Channel != "" {
		x.Channel = s.Channel
	}
	if c := flow.Channel(x.Channel); c != flow.Voice && c != flow.Chat && c != flow.Fax {
		return nil, fmt.Errorf("channel %q: it is Voice, Chat or Fax", x.Channel)
	}
	return x, nil
}
