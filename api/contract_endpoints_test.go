package api

func endpointsProofs() []proof {
	return []proof{
		{name: "ListEndpoints", works: ask{route: "GET /endpoints?accountIds={account}&types=User,Team&nameFilter=a"}, refuse: ask{route: "GET /endpoints?accountIds={other}"}},
		{name: "GetEndpoint", works: ask{route: "GET /endpoints/{endpoint}"}, refuse: ask{route: "GET /endpoints/{otherEndpoint}"}},
		{name: "PatchEndpoint",
			works:  ask{route: "PATCH /endpoints/{endpoint}", body: `{"lastName":"Adams","flowId":"{flow}","flowParams":{"Who":{"stringValue":"Bob"},"Rate":{"numberValue":1.5},"On":{"boolValue":true}},"customerId":"{customer}"}`},
			refuse: ask{route: "PATCH /endpoints/{endpoint}", body: `{"flowId":"{otherFlow}"}`}},
		{name: "DeleteEndpoint", works: ask{route: "DELETE /endpoints/{endpoint}"}, refuse: ask{route: "DELETE /endpoints/{otherEndpoint}"}},
		{name: "NewUserEndpoint",
			works:  ask{route: "POST /endpoints/users", body: `{"accountId":"{account}","firstName":"Zoe","lastName":"Z{unique}","emailAddress":"zoe-{unique}@x.test","password":"a long password","userMode":"SoftPhone"}`},
			refuse: ask{route: "POST /endpoints/users", body: `{"accountId":"{account}","firstName":"Zoe","emailAddress":"` + pinUser + `","password":"a long password"}`, status: 409}},
		{name: "BuyPhoneNumber",
			works:  ask{route: "POST /endpoints/phone-numbers", body: `{"accountId":"{account}","number":"+4989{unique}","isVirtualPhoneNumber":true,"flowId":"{flow}"}`},
			refuse: ask{route: "POST /endpoints/phone-numbers", body: `{"accountId":"{account}","number":"0"}`, status: 400}},
		{name: "NewSipTrunk",
			works:  ask{login: adminEmail, route: "POST /endpoints/sip-trunk", body: `{"accountId":"{account}","displayName":"Carrier {unique}","host":"192.0.2.9","port":5060,"transport":"udp","register":false,"allowedIps":["192.0.2.9"],"prefixes":["+49"]}`},
			refuse: ask{login: adminEmail, route: "POST /endpoints/sip-trunk", body: `{"accountId":"{account}","displayName":"Carrier","host":"not a host","port":70000}`, status: 400}},
		{name: "NewTeam",
			works:  ask{route: "POST /endpoints/team", body: `{"accountId":"{account}","displayName":"Sales {unique}","memberIds":["{endpoint}"]}`},
			refuse: ask{route: "POST /endpoints/team", body: `{"accountId":"{account}","displayName":"Sales","memberIds":["{otherEndpoint}"]}`, status: 400}},
		{name: "NewEmail",
			works:  ask{route: "POST /endpoints/email", body: `{"accountId":"{account}","emailAddress":"desk-{unique}@x.test","flowId":"{flow}"}`},
			refuse: ask{route: "POST /endpoints/email", body: `{"accountId":"{account}","emailAddress":"nobody"}`, status: 400}},
		{name: "NewSlackBot",
			works:  ask{route: "POST /endpoints/slack-bot", body: `{"accountId":"{account}","displayName":"Slack","appId":"A1","botToken":"xoxb-1","signingSecret":"s"}`},
			refuse: ask{route: "POST /endpoints/slack-bot", body: `{"accountId":"{account}","displayName":"Slack"}`, status: 400}},
		{name: "NewSkypeBot",
			works:  ask{route: "POST /endpoints/skype-bot", body: `{"accountId":"{account}","displayName":"Skype","appId":"a","appPassword":"p"}`},
			refuse: ask{route: "POST /endpoints/skype-bot", body: `{"accountId":"{other}","displayName":"Skype","appId":"a","appPassword":"p"}`}},
		{name: "SetPhoneNumberIsFax",
			make: func(h *house, at map[string]string) {
				at["number"] = decode[EndpointInfo](h.T, h.want(200, admin, "POST", "/endpoints/phone-numbers", `{"accountId":"`+at["account"]+`","number":"+4989`+at["unique"]+`"}`)).Id
			},
			works:  ask{route: "PATCH /phone-numbers/{number}/fax", body: `{"isFax":true}`},
			refuse: ask{route: "PATCH /phone-numbers/{endpoint}/fax", body: `{"isFax":true}`, status: 400}},
		{name: "SearchPhoneNumbers", works: ask{route: "GET /endpoints/phone-numbers/search?accountId={account}&areaCode=800&countryCode=US"}, refuse: ask{route: "GET /endpoints/phone-numbers/search?accountId={account}&countryCode=Elbonia", status: 400}},
		{name: "SyncPhoneNumbers", works: ask{route: "POST /phone-numbers/sync", body: `{"accountId":"{account}"}`}, refuse: ask{route: "POST /phone-numbers/sync", body: `{"accountId":"{other}"}`}},
		{name: "VerifyCallerId", works: ask{route: "POST /endpoints/verify-caller-id", body: `{"endpointId":"{endpoint}"}`}, refuse: ask{route: "POST /endpoints/verify-caller-id", body: `{"endpointId":"{otherEndpoint}"}`}},
		{name: "ListDuplicateEndpoints", works: ask{route: "GET /endpoints/duplicates?accountId={account}&endpointFieldName=FirstName"}, refuse: ask{route: "GET /endpoints/duplicates?accountId={account}&endpointFieldName=Nobody", status: 400}},
		{name: "GetEndpointAppConfig", works: ask{route: "GET /endpoints/app/config?endpointId={endpoint}&deviceType=Web"}, refuse: ask{route: "GET /endpoints/app/config?endpointId={otherEndpoint}"}},
		{name: "NewSipPassword", works: ask{route: "PATCH /endpoints/sip/{endpoint}/password"}, refuse: ask{route: "PATCH /endpoints/sip/{otherEndpoint}/password"}},
		{name: "GetUniqueEndpointValue",
			make: func(h *house, at map[string]string) {
				h.want(200, admin, "PATCH", "/system/settings", `{"accountId":"`+at["account"]+`","endpointFields":[{"id":"e1","name":"Extension","type":"String"}]}`)
			},
			works:  ask{route: "GET /values/endpoint/unique?accountId={account}&fieldName=Extension&prefix=1&length=4"},
			refuse: ask{route: "GET /values/endpoint/unique?accountId={account}&fieldName=Nobody", status: 400}},
	}
}
