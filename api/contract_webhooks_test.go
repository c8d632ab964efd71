package api

import (
	"context"

	"ringflow/endpoints"
)

func webhooksProofs() []proof {
	hooks := func(h *house, at map[string]string) {
		h.Helper()
		for name, account := range map[string]string{"hook": at["account"], "otherHook": at["other"]} {
			w := &endpoints.Webhook{AccountID: account, Name: name, URL: "https://example.test/" + name}
			w.NewSecret()
			if err := h.server.Store.PutWebhook(h.Context(), w); err != nil {
				h.Fatal(err)
			}
			m, err := h.server.Store.TestWebhook(h.Context(), w)
			if err != nil {
				h.Fatal(err)
			}
			at[name], at[name+"Delivery"] = w.ID, m.ID
			h.Cleanup(func() { _ = h.server.Store.DeleteWebhook(context.Background(), w.ID) })
		}
	}
	return []proof{
		{name: "ListWebhooks", make: hooks, works: ask{route: "GET /webhooks?accountIds={account}&nameFilter=hook"}, refuse: ask{route: "GET /webhooks?accountIds={other}"}},
		{name: "GetWebhook", make: hooks, works: ask{route: "GET /webhooks/{hook}"}, refuse: ask{route: "GET /webhooks/{otherHook}"}},
		{name: "NewWebhook", works: ask{route: "POST /webhooks", body: `{"accountId":"{account}","name":"CRM","url":"https://crm.example.test/calls","events":["session.ended"]}`},
			refuse: ask{route: "POST /webhooks", body: `{"accountId":"{account}","name":"CRM","url":"file:///etc/passwd"}`, status: 400}},
		{name: "PatchWebhook", make: hooks, works: ask{route: "PATCH /webhooks/{hook}", body: `{"isDisabled":true,"newSecret":true,"events":["session.started","agent.changed"]}`},
			refuse: ask{route: "PATCH /webhooks/{otherHook}", body: `{"isDisabled":true}`}},
		{name: "DeleteWebhook", make: hooks, works: ask{route: "DELETE /webhooks/{hook}"}, refuse: ask{route: "DELETE /webhooks/{otherHook}"}},
		{name: "TestWebhook", make: hooks, works: ask{route: "POST /webhooks/{hook}/test"}, refuse: ask{route: "POST /webhooks/{otherHook}/test"}},
		{name: "ListWebhookDeliveries", make: hooks, works: ask{route: "GET /webhooks/{hook}/deliveries?states=Queued&startDate=2026-01-01"}, refuse: ask{route: "GET /webhooks/{otherHook}/deliveries"}},
		{name: "ReplayWebhookDelivery", make: hooks, works: ask{route: "POST /webhooks/{hook}/deliveries/{hookDelivery}/replay"},
			refuse: ask{route: "POST /webhooks/{hook}/deliveries/{otherHookDelivery}/replay"}},
	}
}
