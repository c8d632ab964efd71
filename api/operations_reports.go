package api

import "ringflow/endpoints"

// reportsOperations are the calls of reports.
func reportsOperations() []*Operation {
	ops := []*Operation{
		op((*Server).listReports, Operation{Summary: "List an account's reports, the newest 1,000 first.", Roles: staff, Scope: accountOfNew(), Routes: []string{"GET /reports"}}),
		op((*Server).getReport, Operation{Summary: "Download a report that is Completed.", Roles: staff, Scope: oneReport(), Media: xlsx, Routes: []string{"GET /reports/{reportId}.xlsx"}}),
		void((*Server).deleteReport, Operation{Summary: "Delete a report; one that is being made ends nowhere.", Roles: staff, Scope: oneReport(), Routes: []string{"DELETE /reports/{reportId}"}}),
	}
	return append(ops,
		reportOf[AgentStateReport](endpoints.AgentStateReport, "what users did in the call centre, each state from when to when; states are kept for two years"),
		reportOf[CallCenterReport](endpoints.CallCenterReport, "how many callers waited in queues, were answered and gave up, and how long they waited, day by day"),
		reportOf[CallCenterAbandonReport](endpoints.CallCenterAbandonReport, "each caller who hung up while he waited in a queue"),
		reportOf[CallCenterDetailReport](endpoints.CallCenterDetailReport, "each time that a caller waited in a queue: how long, how it ended, and who answered"),
		reportOf[CallHistoryReport](endpoints.CallHistoryReport, "each session"),
		reportOf[CallOutcomeReport](endpoints.CallOutcomeReport, "how many sessions had which outcome, day by day; specificState names the only one"),
		reportOf[CdrReport](endpoints.CDRReport, "each leg of each session, with what SIP said and how it sounded"),
		reportOf[MetricReport](endpoints.MetricReport, "one figure, metricName, day by day: Sessions, Answered, Missed, TalkSeconds or DurationSeconds"),
		reportOf[EndpointsReport](endpoints.EndpointsReport, "each endpoint of the types, with its fields"),
	)
}

// reportOf is the operation that queues a kind of report.
func reportOf[T any, P interface {
	*T
	asked() *ReportRequest
}](kind endpoints.ReportKind, what string) *Operation {
	o := Operation{Summary: "Queue a report of " + what + ". It is made in the background.", Roles: staff, Scope: accountOfNew(), Routes: []string{"ALL /reports/" + string(kind)}}
	return op(func(s *Server, r *Request, q *T) (*ReportInfo, error) { return s.queueReport(r, kind, P(q).asked()) }, o)
}
