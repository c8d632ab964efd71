package api

func authProofs() []proof {
	token := func(h *house, at map[string]string) {
		h.Helper()
		h.user(at)
		at["token"] = decode[RequestAuthTokenResponse](h.T, h.want(200, admin, "GET", "/auth/token?userEmailAddress="+at["phil"], "")).AuthToken
	}
	return []proof{
		{name: "Authenticate", alone: true,
			works:  ask{login: anonymous, route: "POST /auth/credentials", body: `{"userName":"` + pinManager + `","password":"` + password + `","rememberMe":true}`},
			refuse: ask{login: anonymous, route: "POST /auth/credentials", body: `{"userName":"nobody-{unique}@x.test","password":"not the password"}`, status: 401}},
		{name: "GetAuthStatus", works: ask{route: "GET /auth/status"}},
		{name: "Logout", works: ask{route: "POST /auth/logout"}},
		{name: "RequestAuthToken", make: (*house).user,
			works:  ask{login: adminEmail, route: "GET /auth/token?userEmailAddress={phil}"},
			refuse: ask{login: "{phil}", route: "GET /auth/token?userEmailAddress={phil}", status: 403}},
		{name: "ForgotPassword", alone: true,
			works:  ask{login: anonymous, route: "POST /auth/forgot-password", body: `{"emailAddress":"nobody-{unique}@x.test"}`},
			refuse: ask{login: anonymous, route: "POST /auth/forgot-password", broken: true, status: 400}},
		{name: "RecoverPassword", alone: true, make: token,
			works:  ask{login: anonymous, route: "POST /auth/recover", body: `{"emailAddress":"{phil}","token":"{token}","newPassword":"another long password"}`},
			refuse: ask{login: anonymous, route: "POST /auth/recover", body: `{"emailAddress":"{phil}","token":"{token}","newPassword":"short"}`, status: 400}},
	}
}

func systemProofs() []proof {
	return []proof{
		{name: "ListAccounts", works: ask{route: "GET /accounts"}, refuse: ask{route: "GET /accounts?specificIds={other}"}},
		{name: "GetAccount", works: ask{route: "GET /accounts/{account}"}, refuse: ask{route: "GET /accounts/{other}"}},
		{name: "NewAccount", works: ask{login: adminEmail, route: "POST /accounts", body: `{"name":"A{unique}","maxPhoneNumbers":5,"parentAccountId":"{account}"}`}, refuse: ask{login: adminEmail, route: "POST /accounts", body: `{"name":" "}`, status: 400}},
		{name: "PatchAccount", works: ask{login: adminEmail, route: "PATCH /accounts/{account}", body: `{"maxPhoneNumbers":0,"billingSettings":{"base":{"unitCost":1.5}}}`}, refuse: ask{route: "PATCH /accounts/{account}", body: `{"name":"Mine"}`, status: 403}},
		{name: "CheckAccount", works: ask{login: adminEmail, route: "POST /accounts/{account}/check"}, refuse: ask{login: adminEmail, route: "POST /accounts/nobody/check"}},
		{name: "RegenerateTokens", works: ask{login: adminEmail, route: "POST /accounts/{other}/tokens"}, refuse: ask{login: adminEmail, route: "POST /accounts/nobody/tokens"}},
		{name: "DeleteAccount",
			make: func(h *house, at map[string]string) {
				at["empty"] = decode[AccountInfo](h.T, h.want(200, admin, "POST", "/accounts", `{"name":"Empty `+at["unique"]+`"}`)).Id
			},
			works: ask{login: adminEmail, route: "DELETE /accounts/{empty}"}, refuse: ask{login: adminEmail, route: "DELETE /accounts/{account}", status: 400}},
		{name: "GetSystemSettings", works: ask{route: "GET /system/settings?accountId={account}"}, refuse: ask{route: "GET /system/settings?accountId={other}"}},
		{name: "PatchSystemSettings",
			works:  ask{route: "PATCHY /system/settings", body: `{"accountId":"{account}","tags":[{"id":"t1","name":"VIP","color":3}],"customerFields":[{"id":"c1","name":"Tier","type":"String"}],"endpointFields":[{"id":"e1","name":"Extension","type":"String"}]}`},
			refuse: ask{route: "PATCHY /system/settings", body: `{"accountId":"{account}","defaultCountry":"Elbonia"}`, status: 400}},
	}
}

func serverProofs() []proof {
	return []proof{
		{name: "GetHealth", works: ask{login: anonymous, route: "GET /healthz"}},
		{name: "GetReadiness", works: ask{login: anonymous, route: "GET /readyz"}},
		{name: "GetMetrics", works: ask{login: adminEmail, route: "GET /metrics"}},
	}
}

func notificationsProofs() []proof {
	return []proof{
		{name: "ListNotifications", works: ask{route: "GET /notifications?accountIds={account}&all=true"}, refuse: ask{route: "GET /notifications?accountIds={other}"}},
		{name: "ResendNotification", works: ask{route: "POST /notifications/{notification}/resend"}, refuse: ask{route: "POST /notifications/{otherNotification}/resend"}},
	}
}

func filesProofs() []proof {
	return []proof{
		{name: "ListFiles", works: ask{route: "GET /files?accountIds={account}&type=Upload&fileName=a"}, refuse: ask{route: "GET /files?type=Elephant", status: 400}},
		{name: "GetFile", works: ask{route: "GET /files/{file}"}, refuse: ask{route: "GET /files/{otherFile}"}},
		{name: "NewFile", works: ask{route: "POST /files?accountId={account}", file: true}, refuse: ask{route: "POST /files?accountId={account}", status: 400}},
		{name: "PatchFile", works: ask{route: "PATCH /files/{file}", body: `{"fileName":"b.txt"}`}, refuse: ask{route: "PATCH /files/{otherFile}", body: `{"fileName":"b.txt"}`}},
		{name: "DeleteFile", works: ask{route: "DELETE /files/{file}"}, refuse: ask{route: "DELETE /files/{otherFile}"}},
		{name: "GetFileContent", works: ask{route: "GET /files/{file}/content"}, refuse: ask{route: "GET /files/{otherFile}/content"}},
	}
}
