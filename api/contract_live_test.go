package api

// liveProofs are of what a console does with live calls.
func liveProofs() []proof {
	of := func(name, verb, path, body string) proof {
		return proof{name: name, works: ask{route: verb + " /sessions/{session}" + path, body: body}, refuse: ask{route: verb + " /sessions/{otherSession}" + path, body: body}}
	}
	return []proof{
		{name: "NewSession", make: (*house).user,
			works:  ask{login: "{phil}", route: "POST /sessions", body: `{"channel":"Voice","destination":"+18005550177","callerId":"+18005550100"}`},
			refuse: ask{login: "{phil}", route: "POST /sessions", body: `{"channel":"Fax","destination":"+18005550177"}`, status: 501}},
		of("PatchSession", "PATCH", "", `{"consoleData":"{}","callState":"Hold","holdReason":"Transferring"}`),
		of("HoldSession", "POST", "/hold", `{"reason":"Transferring"}`),
		of("RedirectSession", "POST", "/redirect", `{"destination":"+18005550177","callerId":"+18005550100"}`),
		of("RejectSession", "POST", "/reject", ``),
		of("RecordSession", "POST", "/record", `{"record":true}`),
		of("AddSessionLog", "POST", "/log", `{"message":"called back"}`),
		of("NewConference", "POST", "/conference", ``),
		of("AddConferenceMember", "POST", "/conference/members", `{"destination":"alice","fromNumber":"+18005550100"}`),
		of("PatchConferenceMember", "PATCH", "/conference/members/abc", `{"hold":true,"mute":false}`),
		of("DeleteConferenceMember", "DELETE", "/conference/members/abc", ``),
		of("GetTranscript", "GET", "/transcript?includeHistorical=true&historicalCutOffDate=2020-01-01", ``),
		{name: "ListCalls", make: (*house).past, works: ask{route: "GET /billing/calls?accountId={account}&startDate=2026-11-01&endDate=2026-11-30"}, refuse: ask{route: "GET /billing/calls?accountId={other}"}},
		{name: "UploadFile", make: (*house).user,
			works:  ask{login: "{phil}", route: "POST /app/files", body: `{"data":"aGVsbG8=","fileName":"a.txt"}`},
			refuse: ask{login: "{phil}", route: "POST /app/files", body: `{"data":"!","fileName":"a.txt"}`, status: 400}},
		{name: "GetMyFiles", make: (*house).user, works: ask{login: "{phil}", route: "GET /app/files?fileTypes=Upload"}, refuse: ask{route: "GET /app/files", status: 403}},
		{name: "AppUploadFile", works: ask{route: "POST /app/file?accountId={account}", file: true}, refuse: ask{route: "POST /app/file?accountId={account}", status: 400}},
		{name: "AppGetFiles", works: ask{route: "GET /portal/files?accountId={account}&fileNameFilter=a&type=Upload"}, refuse: ask{route: "GET /portal/files?accountId={other}"}},
		{name: "RedactSession", make: (*house).past,
			works:  ask{route: "POST /sessions/{past}/redact"},
			refuse: ask{route: "POST /sessions/{session}/redact", status: 400}},
	}
}

// past is a session that is over.
func (h *house) past(at map[string]string) {
	h.Helper()
	rec := h.over(1, "+18005550101", "+18005550100", "Said hello")
	h.keep(rec)
	at["past"] = rec.ID
}
