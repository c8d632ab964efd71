package flow_test

import (
	"testing"

	"ringflow/flow"
	_ "ringflow/flow/nodes"
)

func TestOutline(t *testing.T) {
	o := program(t, "a DialNode; No Answer>b; Busy>gone", "b SayNode; WhatToSay={{ Endpoint.Greeting }}; Loop={{ Endpoint.Times }}", "gone EndNode").Outline()
	if o.Start != "a" || o.OnHangup != "" || len(o.Nodes) != 3 {
		t.Fatalf("%+v", o)
	}
	ways := map[string]flow.WayOutline{}
	for _, w := range o.Nodes[0].Ways {
		ways[w.Name] = w
	}
	if !ways["Done"].Never || ways["Busy"].To != "gone" || ways["Rejected"].Connected || !ways["Rejected"].Covered || !ways["Recording Ready"].Async {
		t.Errorf("%+v", ways)
	}
	uses := o.Nodes[1].Uses
	if len(uses) != 2 || uses[0].Name != "Greeting" || !uses[0].Takes("Hello") || uses[1].Name != "Times" || uses[1].Takes("Hello") || !uses[1].Takes("2") {
		t.Errorf("%+v", uses)
	}
}
