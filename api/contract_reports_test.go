package api

func reportsProofs() []proof {
	const common = `"accountId":"{account}","emailAddressToNotify":"ann@x.test","webhookUrl":"https://crm.example.test/reports","startDate":"2026-01-01","endDate":"2026-01-31","timeZoneId":"America/New_York","customerId":"{customer}","includeCustomerIds":true,"includeArchivedSessions":true`
	out := []proof{
		{name: "ListReports", works: ask{route: "GET /reports?accountId={account}"}, refuse: ask{route: "GET /reports?accountId={other}"}},
		{name: "GetReport", works: ask{route: "GET /reports/{report}.xlsx"}, refuse: ask{route: "GET /reports/{otherReport}.xlsx"}},
		{name: "DeleteReport", works: ask{route: "DELETE /reports/{report}"}, refuse: ask{route: "DELETE /reports/{otherReport}"}},
	}
	for _, r := range []struct{ name, path, works, refuse string }{
		{"AgentStateReport", "agent-state", `"specificState":"Ready"`, `"timeZoneId":"Mars/Base"`},
		{"CallCenterReport", "call-center", `"flowId":"{flow}"`, `"startDate":"yesterday"`},
		{"CallCenterAbandonReport", "call-center-abandon", `"flowId":"{flow}"`, `"webhookUrl":"file:///etc/passwd"`},
		{"CallCenterDetailReport", "call-center-detail", `"endpointId":"{endpoint}"`, `"emailAddressToNotify":"nobody"`},
		{"CallHistoryReport", "call-history", `"endpointId":"{endpoint}"`, `"startDate":"2026-02-01","endDate":"2026-01-01"`},
		{"CallOutcomeReport", "call-outcome", `"specificState":"Completed"`, `"specificState":"a\nb"`},
		{"CdrReport", "cdr", `"flowId":"{flow}"`, `"webhookUrl":"https://a:b@crm.example.test/"`},
		{"MetricReport", "metric", `"metricName":"TalkSeconds"`, `"metricName":"Smiles"`},
		{"EndpointsReport", "endpoints", `"types":["User","PhoneNumber"]`, `"types":["EmergencyAddress"]`},
	} {
		out = append(out, proof{
			name:   r.name,
			works:  ask{route: "POST /reports/" + r.path, body: "{" + common + "," + r.works + "}"},
			refuse: ask{route: "POST /reports/" + r.path, body: `{"accountId":"{account}",` + r.refuse + "}", status: 400},
		})
	}
	return out
}
