package api

func sessionsProofs() []proof {
	return []proof{
		{name: "NewOutgoingSession",
			works:  ask{route: "POST /sessions/outgoing", body: `{"flowId":"{flow}","numberToDial":"+18005550199","callerId":"+18005550100","flowParams":{"Who":{"stringValue":"Ann"}},"statusCallback":"https://example.com/calls","statusCallbackEvents":["session.ended"]}`},
			refuse: ask{route: "POST /sessions/outgoing", body: `{"flowId":"{otherFlow}","numberToDial":"+18005550199"}`}},
		{name: "ListSessions", works: ask{route: "GET /sessions?accountIds={account}&sortOrder=Descend&log=hello&startDate=2020-01-01"}, refuse: ask{route: "GET /sessions?accountIds={other}"}},
		{name: "GetSession", works: ask{route: "GET /sessions/{session}"}, refuse: ask{route: "GET /sessions/{otherSession}"}},
		{name: "EndSession", works: ask{route: "DELETE /sessions/{session}"}, refuse: ask{route: "DELETE /sessions/{otherSession}"}},
		{name: "MonitorSession",
			works:  ask{route: "POST /sessions/{session}/monitor", body: `{"endpointId":"{endpoint}","mode":"Whisper"}`},
			refuse: ask{route: "POST /sessions/{session}/monitor", body: `{"endpointId":"{otherEndpoint}"}`}},
		{name: "DeleteSessions",
			works:  ask{route: "DELETE /sessions?accountId={account}&startDateTime=2020-01-01T00:00:00Z&endDateTime=2020-01-02T00:00:00Z"},
			refuse: ask{route: "DELETE /sessions?accountId={account}", status: 400}},
		{name: "WatchSession", works: ask{route: "GET /sessions/{session}/events"}, refuse: ask{route: "GET /sessions/{otherSession}/events"}},
		{name: "WatchEvents", works: ask{route: "GET /events?accountIds={account}&types=session.log,agent.changed"}, refuse: ask{route: "GET /events?accountIds={other}"}},
		{name: "GetActiveSessions", make: (*house).user, works: ask{login: "{phil}", route: "GET /sessions/active"}, refuse: ask{route: "GET /sessions/active", status: 403}},
		{name: "GetMySessions", make: (*house).user, works: ask{login: "{phil}", route: "GET /sessions/my"}, refuse: ask{route: "GET /sessions/my", status: 403}},
		{name: "GetActiveCalls", works: ask{route: "GET /calls/active?accountId={account}"}, refuse: ask{route: "GET /calls/active?accountId={other}"}},
	}
}
