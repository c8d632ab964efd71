package api

import (
	"slices"
	"strings"
	"testing"

	"ringflow/endpoints"
)

// A seeded fault is found, with what leads to it, and nothing in a flow that is
// well made: also what it starts and plays is the account's.
func TestExplore(t *testing.T) {
	h := newHouse(t)
	seed := h.keepFlow(h.account, "../flow/explore/testdata/silence.json")
	a := h.want(200, manager, "POST", "/flows/"+seed+"/explore", "")
	got := decode[ExploreFlowResponse](t, a)
	if len(got.Findings) != 1 || got.Walked != 4 || got.Nodes != 4 || got.Calls < 10 || got.Bounded {
		t.Fatal(a.body)
	}
	f := got.Findings[0]
	if f.Kind != "silence" || f.NodeId != "Hold" || f.Node != "Hold" || f.FlowId != seed || f.Text != "the caller hears nothing for 45 s" || strings.Join(f.Path, "; ") != "Menu: the caller presses 2" {
		t.Errorf("%+v", f)
	}
	for _, query := range []string{"?calls=2", "?version=1&calls=2"} {
		if got := decode[ExploreFlowResponse](t, h.want(200, manager, "POST", "/flows/"+seed+"/explore"+query, "")); !got.Bounded {
			t.Errorf("%s: %+v", query, got)
		}
	}
	company := h.keepFlow(h.account, "../testdata/flows/examples/company.json")
	found := func() (all []string) {
		for _, f := range decode[ExploreFlowResponse](t, h.want(200, manager, "POST", "/flows/"+company+"/explore", "{}")).Findings {
			all = append(all, f.Kind+" "+f.Node+": "+f.Text)
		}
		return all
	}
	h.keepFlow(h.account, "../testdata/flows/examples/ring-or-message.json")
	h.keepFlow(h.other, "../testdata/flows/examples/ask-number.json") // another's is none
	if all := found(); len(all) != 1 || !strings.Contains(all[0], "there is no flow "+storedAs("ask-number")) {
		t.Errorf("%q", all)
	}
	if err := h.server.Store.DeleteFlow(t.Context(), storedAs("ask-number")); err != nil {
		t.Fatal(err)
	}
	h.keepFlow(h.account, "../testdata/flows/examples/ask-number.json")
	if all := found(); len(all) != 0 {
		t.Errorf("%q", all)
	}
}

func TestExploreFiles(t *testing.T) {
	h := newHouse(t)
	mine, theirs := h.furnish(h.account).file, h.furnish(h.other).file
	for file, there := range map[string]bool{mine: true, theirs: false, endpoints.NewID(): false} {
		id := h.newFlow(manager, `{"name":"Play","nodes":[{"id":"a","name":"Play","isStartNode":true,"spec":{"typeName":"PlayNode","url":"/json/reply/PlayNode"},"parameters":{"AudioFile":{"id":"p","type":"File","value":{"stringValue":"`+file+`"}}}}]}`)
		got := decode[ExploreFlowResponse](t, h.want(200, manager, "POST", "/flows/"+id+"/explore", ""))
		told := slices.ContainsFunc(got.Findings, func(f FlowFinding) bool {
			return f.Kind == "prompt" && f.Text == "there is no audio file "+file
		})
		if told == there || there && len(got.Findings) > 0 {
			t.Errorf("%+v", got)
		}
	}
}

func TestExploreRefused(t *testing.T) {
	h := newHouse(t)
	seed := h.keepFlow(h.account, "../flow/explore/testdata/dead.json")
	theirs := h.furnish(h.other).flow
	h.want(401, nobody, "POST", "/flows/"+seed+"/explore", "")
	h.want(403, basic("user@default.test"), "POST", "/flows/"+seed+"/explore", "")
	h.want(404, manager, "POST", "/flows/"+theirs+"/explore", "")
	h.want(404, manager, "POST", "/flows/"+seed+"/explore?version=7", "")
	h.want(400, manager, "POST", "/flows/"+seed+"/explore?calls=-1", "")
	h.want(400, manager, "POST", "/flows/"+seed+"/explore", `{"calls":1000000}`)
	for kind, part := range map[string]string{"application/xml": "<Kind>dead</Kind>", "text/csv": "dead", "text/jsv": "kind:dead", "application/json": `"kind":"dead"`} {
		a := h.want(200, manager, "POST", "/flows/"+seed+"/explore", "", header("Accept", kind))
		if !strings.Contains(a.body, part) || !strings.HasPrefix(a.Header.Get("Content-Type"), kind) {
			t.Errorf("%s: %s", kind, a.body)
		}
	}
}
