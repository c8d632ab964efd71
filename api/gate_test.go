package api

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"ringflow/flow"
)

func init() { flow.Register("GateNode", func() flow.Node { return new(gateNode) }) }

// gateNode holds a flow up until its gate is opened, or the flow is ended.
type gateNode struct{ name string }

// gates are those of the tests, by name.
var gates sync.Map

// gate is one at which a single flow stops.
type gate struct {
	came, open chan struct{}
	ended      chan error // what ended the wait; nil: it was opened
}

func newGate(name string) *gate {
	g := &gate{came: make(chan struct{}), open: make(chan struct{}), ended: make(chan error, 1)}
	gates.Store(name, g)
	return g
}

func (n *gateNode) Spec(s *flow.Spec) {
	s.Title, s.Doc, s.Category = "Gate", "For tests.", flow.General
	s.String(&n.name, "Gate", "", "Its name.")
	s.Exit("Done", "It is open.")
}

func (n *gateNode) Run(ctx context.Context, _ *flow.Execution) (string, error) {
	v, ok := gates.Load(n.name)
	if !ok {
		return "Done", nil
	}
	g := v.(*gate)
	close(g.came)
	var err error
	select {
	case <-g.open:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	g.ended <- err
	return "Done", err
}

// gated is a flow that greets, stops at a gate, and says goodbye.
func gated(name string) string {
	say := func(id, text, to string) string {
		return `{"id":"` + id + `","name":"` + id + `","isStartNode":` + map[bool]string{true: "true", false: "false"}[id == "Greet"] + `,"spec":{"typeName":"SayNode","url":"/json/reply/SayNode"},"parameters":{
			"WhatToSay":{"id":"` + id + `1","type":"String","value":{"stringValue":"` + text + `"}},"Done":{"id":"` + id + `2","type":"Transition","value":{"stringValue":"` + to + `"}}}}`
	}
	return `{"name":"Gated","nodes":[` + say("Greet", "Hello.", "Gate") + `,
		{"id":"Gate","name":"Gate","spec":{"typeName":"GateNode","url":"/json/reply/GateNode"},"parameters":{"Gate":{"id":"g1","type":"String","value":{"stringValue":"` + name + `"}},"Done":{"id":"g2","type":"Transition","value":{"stringValue":"Bye"}}}},
		` + say("Bye", "Goodbye.", "End") + `,{"id":"End","name":"End","spec":{"typeName":"EndNode","url":"/json/reply/EndNode"},"parameters":{}}]}`
}

// newFlow saves a flow in the account of who asks.
func (h *house) newFlow(who as, body string) string {
	h.Helper()
	return decode[FlowInfo](h.T, h.want(200, who, "POST", "/flows", body)).Id
}

// storedAs is the id of the flow of a file.
func storedAs(name string) string {
	return (hex.EncodeToString([]byte(name)) + strings.Repeat("0", 32))[:32]
}

var startsFlow = regexp.MustCompile(`flowId=([a-z-]+)`)

// keepFlow stores a flow of a file, with what it starts by the ids that those
// get.
func (h *house) keepFlow(account, file string) string {
	h.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		h.Fatal(err)
	}
	var parts struct {
		Name                     string
		Nodes, Parameters, Exits json.RawMessage
	}
	if err := json.Unmarshal(b, &parts); err != nil {
		h.Fatal(err)
	}
	parts.Nodes = startsFlow.ReplaceAllFunc(parts.Nodes, func(m []byte) []byte {
		return []byte("flowId=" + storedAs(strings.TrimPrefix(string(m), "flowId=")))
	})
	f := &flow.Flow{ID: storedAs(strings.TrimSuffix(filepath.Base(file), ".json")), AccountID: account, Name: parts.Name,
		Raw: flow.Raw{Nodes: parts.Nodes, Parameters: parts.Parameters, Exits: parts.Exits}}
	if err := h.server.Store.PutFlow(h.Context(), f); err != nil {
		h.Fatal(err)
	}
	return f.ID
}
