package api

import (
	"context"

	"ringflow/endpoints"
)

func usersProofs() []proof {
	key := func(h *house, at map[string]string) {
		h.Helper()
		maker, err := h.server.Store.LoginByEmail(h.Context(), pinManager)
		if err != nil {
			h.Fatal(err)
		}
		for name, login := range map[string]string{"key": maker.ID, "otherKey": at["otherLoginId"]} {
			k := &endpoints.APIKey{Name: name, LoginID: login, Scopes: endpoints.KeyScopes[:1:1]}
			k.NewKey()
			if err := h.server.Store.AddAPIKey(h.Context(), k); err != nil {
				h.Fatal(err)
			}
			at[name] = k.ID
			h.Cleanup(func() { _ = h.server.Store.DeleteAPIKey(context.Background(), k.ID) })
		}
	}
	loginWith := func(h *house, at map[string]string) {
		h.Helper()
		h.user(at)
		l, err := h.server.Store.LoginByEmail(h.Context(), at["phil"])
		if err != nil {
			h.Fatal(err)
		}
		at["philId"] = l.ID
	}
	return []proof{
		{name: "ListUsers", works: ask{route: "GET /users?accountIds={account}&emailFilter=default.test"}, refuse: ask{route: "GET /users?accountIds={other}"}},
		{name: "GetUser", works: ask{route: "GET /users/{loginId}"}, refuse: ask{route: "GET /users/{otherLoginId}"}},
		{name: "NewUser",
			works:  ask{route: "POST /users", body: `{"accountId":"{account}","emailAddress":"new-{unique}@x.test","firstName":"New","lastName":"One","password":"a long password","customerIds":["{customer}"]}`},
			refuse: ask{route: "POST /users", body: `{"accountId":"{account}","emailAddress":"new-{unique}@x.test","password":"a long password","roles":["Manager"]}`, status: 403}},
		{name: "PatchUser", make: loginWith,
			works:  ask{route: "PATCH /users/{philId}", body: `{"firstName":"Philip","dashboardPermissions":["ViewFlows","ViewSessions"],"managerAccess":"ReadOnly","newPassword":"another long one"}`},
			refuse: ask{route: "PATCH /users/{otherLoginId}", body: `{"firstName":"Philip"}`}},
		{name: "DeleteUser", make: loginWith, works: ask{route: "DELETE /users/{philId}"}, refuse: ask{route: "DELETE /users/{otherLoginId}"}},
		{name: "ListApiKeys", make: key, works: ask{route: "GET /api-keys?nameFilter=key"}, refuse: ask{login: anonymous, route: "GET /api-keys", status: 401}},
		{name: "NewApiKey", works: ask{route: "POST /api-keys", body: `{"name":"CI {unique}","accountIds":["{account}"],"scopes":["read","calls"],"expires":"2090-01-01T00:00:00Z"}`},
			refuse: ask{route: "POST /api-keys", body: `{"name":"CI","accountIds":["{other}"],"scopes":["read"]}`}},
		{name: "GetApiKey", make: key, works: ask{route: "GET /api-keys/{key}"}, refuse: ask{route: "GET /api-keys/{otherKey}"}},
		{name: "DeleteApiKey", make: key, works: ask{route: "DELETE /api-keys/{key}"}, refuse: ask{route: "DELETE /api-keys/{otherKey}"}},
	}
}

func globalProofs() []proof {
	return []proof{
		{name: "ListLogEntries", works: ask{route: "GET /log-entries?accountIds={account}&customerIds=_,{customer}&startDate=2026-01-01&endDate=2090-01-01&description=Patch"}, refuse: ask{route: "GET /log-entries?accountIds={other}"}},
		{name: "GetGlobalSettings", works: ask{login: adminEmail, route: "GET /global/settings"}, refuse: ask{route: "GET /global/settings", status: 403}},
		{name: "PatchGlobalSettings", works: ask{login: adminEmail, route: "PATCH /global/settings", body: `{"logRetentionDays":500}`}, refuse: ask{login: adminEmail, route: "PATCH /global/settings", body: `{"logRetentionDays":0}`, status: 400}},
		{name: "ListDialingPermissions", works: ask{route: "GET /system/dialing-permissions?accountId={account}"}, refuse: ask{route: "GET /system/dialing-permissions?accountId={other}"}},
		{name: "PatchDialingPermissions", works: ask{route: "PATCH /system/dialing-permissions/de", body: `{"accountId":"{account}","lowRiskNumbersEnabled":true}`},
			refuse: ask{route: "PATCH /system/dialing-permissions/de", body: `{"accountId":"{account}","highRiskTollfraudNumbersEnabled":true}`, status: 400}},
	}
}
