package api

import "ringflow/endpoints"

// flowsOperations are the calls of flows.
func flowsOperations() []*Operation {
	return []*Operation{
		op((*Server).listFlows, Operation{Summary: "List flows; their nodes with includeNodes.", Roles: staff, Scope: accountList(), Routes: []string{"GET /flows"}}),
		op((*Server).getFlow, Operation{Summary: "Show a flow with its nodes.", Roles: staff, Scope: oneFlow(), Routes: []string{"GET /flows/{flowId}"}}),
		op((*Server).newFlow, Operation{Summary: "Make a flow.", Roles: staff, Scope: accountOfNew(), Limit: maxFlowBody, Routes: []string{"POST /flows"}}),
		op((*Server).patchFlow, Operation{Summary: "Change a flow; lists are replaced whole.", Roles: staff, Scope: oneFlow(), Limit: maxFlowBody, Routes: []string{"PATCH /flows/{flowId}"}}),
		op((*Server).copyFlow, Operation{Summary: "Copy a flow.", Roles: staff, Scope: oneFlow(), Routes: []string{"POST /flows/{flowId}/copy"}}),
		void((*Server).deleteFlow, Operation{Summary: "Delete a flow.", Roles: staff, Scope: oneFlow(), Routes: []string{"DELETE /flows/{flowId}"}}),
		op((*Server).publishFlow, Operation{Summary: "Make the newest draft of a flow, or the version that is named, the one that calls run.", Roles: staff, Scope: oneFlow(), Routes: []string{"POST /flows/{flowId}/publish"}}),
		op((*Server).listFlowVersions, Operation{Summary: "List the versions of a flow, the newest first.", Roles: staff, Scope: oneFlow(), Routes: []string{"GET /flows/{flowId}/versions"}}),
		op((*Server).getFlowVersion, Operation{Summary: "Show a flow as a version of it was saved.", Roles: staff, Scope: oneFlow(), Routes: []string{"GET /flows/{flowId}/versions/{version}"}}),
		op((*Server).restoreFlowVersion, Operation{Summary: "Save an old version of a flow anew: live at once, or as a draft.", Roles: staff, Scope: oneFlow(), Routes: []string{"POST /flows/{flowId}/versions/{version}/restore"}}),
		op((*Server).validateFlow, Operation{Summary: "Look for problems in a flow that is not saved; the flows that it starts are looked up in the account.", Roles: staff, Scope: maybeAccount(), Needs: endpoints.ScopeRead, Limit: maxFlowBody, Routes: []string{"POST /flows/validate"}}),
		op((*Server).testFlow, Operation{Summary: "Play a story (the body, in YAML or JSON) on a simulated line: an object a line of the transcript as it comes, the result at the end; see [flows.md](flows.md#by-the-api).", Roles: staff, Scope: oneFlow(), Needs: endpoints.ScopeRead,
			Limit: maxStory, Whole: "Story", Media: "application/x-ndjson, text/event-stream", Routes: []string{"POST /flows/{flowId}/test"}}),
		op((*Server).exploreFlow, Operation{Summary: "Try all that can happen to a flow, up to a number of calls (4,000), and tell what would hurt a caller.", Roles: staff, Scope: oneFlow(), Needs: endpoints.ScopeRead, Routes: []string{"POST /flows/{flowId}/explore"}}),
		op((*Server).diffFlowVersions, Operation{Summary: "Tell what is different between two versions of a flow (from, to; none: the live one, the newest): nodes by their ids, with the members that differ.", Roles: staff, Scope: oneFlow(),
			Routes: []string{"GET /flows/{flowId}/diff", "GET /flows/{flowId}/versions/{from}/diff/{to}"}}),
		op((*Server).exportPackage, Operation{Summary: "Pack flows with all that they start and the definitions of the fields that they use, for another account. Flows that name things of this account are refused.", Roles: staff, Scope: accountOfNew(), Routes: []string{"GET /packages"}}),
		op((*Server).importPackage, Operation{Summary: "Make the flows of a package and the fields that the account lacks: all or nothing. A flow whose name is taken gets a number behind it.", Roles: staff, Scope: accountOfNew(), Limit: maxFlowBody, Routes: []string{"POST /packages"}}),
		op((*Server).availableNodes, Operation{Summary: "List the node types, and a Flow node for each of the account's flows.", Roles: staff, Scope: maybeAccount(), Routes: []string{"GET /flows/available-nodes"}}),
		op((*Server).getParameterFieldNames, Operation{Summary: "List the fields that a flow's values can come from.", Roles: staff, Scope: oneAccount(), Routes: []string{"GET /flows/parameters"}}),
	}
}
