package api

func customersProofs() []proof {
	const schedule = `{"timeZoneId":"Europe/Berlin","defaultState":"Closed","rules":[{"name":"Work","state":"Open","simpleRuleType":"Time","startTime":"09:00","endTime":"17:00","frequency":"Weekly","byDay":[{"dayOfWeek":"Monday"}]}]}`
	return []proof{
		{name: "ListCustomers", works: ask{route: "GET /customers?accountIds={account}&nameFilter=customer"}, refuse: ask{route: "GET /customers?accountIds={other}"}},
		{name: "GetCustomer", works: ask{route: "GET /customers/{customer}"}, refuse: ask{route: "GET /customers/{otherCustomer}"}},
		{name: "NewCustomer",
			works:  ask{route: "POST /customers", body: `{"accountId":"{account}","name":"Acme {unique}","parentCustomerId":"{customer}","referenceId":"r{unique}","data":{"Tier":{"stringValue":"Gold"}},"schedule":` + schedule + `}`},
			refuse: ask{route: "POST /customers", body: `{"accountId":"{account}","name":"Acme","parentCustomerId":"{otherCustomer}"}`}},
		{name: "PatchCustomer", works: ask{route: "PATCH /customers/{customer}", body: `{"name":"Acme {unique}","data":{"Tier":{"stringValue":"Silver"}}}`}, refuse: ask{route: "PATCH /customers/{customer}", body: `{"name":""}`, status: 400}},
		{name: "SetCustomerStagingMode", works: ask{route: "POST /customers/{customer}/staging", body: `{"isStaging":true}`}, refuse: ask{route: "POST /customers/{otherCustomer}/staging", body: `{"isStaging":true}`}},
		{name: "DeleteCustomer", works: ask{route: "DELETE /customers/{customer}"}, refuse: ask{route: "DELETE /customers/{otherCustomer}"}},
		{name: "GetInheritedSchedule", works: ask{route: "GET /customers/{customer}/inherited-schedule"}, refuse: ask{route: "GET /endpoints/{otherEndpoint}/inherited-schedule"}},
		{name: "TestSchedule",
			works:  ask{route: "POST /endpoints/{endpoint}/test-schedule", body: `{"dateTime":"2026-11-23T10:00:00","schedule":` + schedule + `}`},
			refuse: ask{route: "POST /customers/{customer}/test-schedule", body: `{"dateTime":"tomorrow"}`, status: 400}},
	}
}
