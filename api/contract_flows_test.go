package api

func flowsProofs() []proof {
	const nodes = `[{"id":"n1","isStartNode":true,"name":"Greet","spec":{"name":"Say","typeName":"SayNode","url":"/json/reply/SayNode","more":[1,2.0]},"parameters":{"WhatToSay":{"id":"p1","type":"String","source":"Value","value":{"stringValue":"Hello."}}}}]`
	return []proof{
		{name: "ListFlows", works: ask{route: "GET /flows?accountIds={account}&includeNodes=true"}, refuse: ask{route: "GET /flows?accountIds={other}"}},
		{name: "GetFlow", works: ask{route: "GET /flows/{flow}"}, refuse: ask{route: "GET /flows/{otherFlow}"}},
		{name: "NewFlow",
			works:  ask{route: "POST /flows", body: `{"accountId":"{account}","name":"Menu {unique}","roles":["UI","PhoneNumberRouting"],"exits":[{"id":"e","name":"Done"}],"parameters":[{"name":"Who","type":"String"}],"nodes":` + nodes + `}`},
			refuse: ask{route: "POST /flows", body: `{"accountId":"{account}","name":"Menu","customerId":"{otherCustomer}"}`}},
		{name: "PatchFlow", works: ask{route: "PATCH /flows/{flow}", body: `{"description":"d","nodes":` + nodes + `}`}, refuse: ask{route: "PATCH /flows/{otherFlow}", body: `{"description":"d"}`}},
		{name: "CopyFlow", works: ask{route: "POST /flows/{flow}/copy"}, refuse: ask{route: "POST /flows/{otherFlow}/copy"}},
		{name: "DeleteFlow", works: ask{route: "DELETE /flows/{flow}"}, refuse: ask{route: "DELETE /flows/{otherFlow}"}},
		{name: "PublishFlow", works: ask{route: "POST /flows/{flow}/publish"}, refuse: ask{route: "POST /flows/{otherFlow}/publish"}},
		{name: "ListFlowVersions", works: ask{route: "GET /flows/{flow}/versions"}, refuse: ask{route: "GET /flows/{otherFlow}/versions"}},
		{name: "GetFlowVersion", works: ask{route: "GET /flows/{flow}/versions/1"}, refuse: ask{route: "GET /flows/{flow}/versions/77"}},
		{name: "RestoreFlowVersion", works: ask{route: "POST /flows/{flow}/versions/1/restore"}, refuse: ask{route: "POST /flows/{flow}/versions/77/restore"}},
		{name: "ValidateFlow", works: ask{route: "POST /flows/validate", body: `{"accountId":"{account}","nodes":` + nodes + `}`}, refuse: ask{route: "POST /flows/validate", body: `{"accountId":"{other}","nodes":[]}`}},
		{name: "TestFlow", make: func(h *house, at map[string]string) {
			at["flow"] = h.newFlow(manager, `{"name":"Menu","nodes":`+nodes+`}`)
		},
			works:  ask{route: "POST /flows/{flow}/test", body: `{"name":"nothing"}`},
			refuse: ask{route: "POST /flows/{otherFlow}/test", body: `{"name":"nothing"}`}},
		{name: "ExploreFlow", works: ask{route: "POST /flows/{flow}/explore", body: `{"calls":5}`}, refuse: ask{route: "POST /flows/{otherFlow}/explore"}},
		{name: "DiffFlowVersions", works: ask{route: "GET /flows/{flow}/versions/1/diff/1"}, refuse: ask{route: "GET /flows/{flow}/versions/1/diff/77"}},
		{name: "ExportPackage", works: ask{route: "GET /packages?accountId={account}&flowIds={flow}&includeAllCustomFields=true"}, refuse: ask{route: "GET /packages?accountId={account}&flowIds={otherFlow}"}},
		{name: "ImportPackage",
			works:  ask{route: "POST /packages", body: `{"accountId":"{account}","package":{"flows":[{"id":"a","name":"Menu {unique}","nodes":` + nodes + `}]}}`},
			refuse: ask{route: "POST /packages", body: `{"accountId":"{other}","package":{"flows":[{"id":"a","name":"Menu"}]}}`}},
		{name: "GetAvailableNodes", works: ask{route: "GET /flows/available-nodes"}, refuse: ask{route: "GET /flows/available-nodes?flowId={otherFlow}"}},
		{name: "GetParameterFieldNames", works: ask{route: "GET /flows/parameters?accountId={account}"}, refuse: ask{route: "GET /flows/parameters?accountId={other}"}},
	}
}
