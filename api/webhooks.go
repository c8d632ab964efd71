package api

import (
	"context"
	"strings"

	"ringflow/endpoints"
)

func (s *Server) listWebhooks(r *Request, q *ListWebhooks) (*ListResponse[WebhookInfo], error) {
	list, err := q.list()
	if err != nil {
		return nil, err
	}
	all, total, err := s.Store.Webhooks(r.Context(), endpoints.WebhookFilter{List: list, AccountIDs: q.AccountIds, NameFilter: q.NameFilter})
	if err != nil {
		return nil, err
	}
	items, err := s.webhookInfos(r.Context(), all)
	return page(&q.ListRequest, items, total), err
}

func (s *Server) getWebhook(r *Request, _ *GetWebhook) (*WebhookInfo, error) {
	return s.webhookInfo(r.Context(), r.found.webhook, false)
}

func (s *Server) newWebhook(r *Request, q *NewWebhook) (*WebhookInfo, error) {
	w := &endpoints.Webhook{AccountID: r.found.accountID, Name: q.Name, URL: q.Url, Events: wordsOf[endpoints.EventType](q.Events)}
	w.CreatedBy = r.Who.login.EmailAddress
	w.NewSecret()
	if err := s.Store.PutWebhook(r.Context(), w); err != nil {
		return nil, err
	}
	return s.webhookInfo(r.Context(), w, true)
}

func (s *Server) patchWebhook(r *Request, q *PatchWebhook) (*WebhookInfo, error) {
	w := r.found.webhook
	set(&w.Name, q.Name)
	set(&w.URL, q.Url)
	set(&w.Disabled, q.IsDisabled)
	if q.Events != nil {
		w.Events = wordsOf[endpoints.EventType](*q.Events)
	}
	if q.NewSecret {
		w.NewSecret()
	}
	w.LastModifiedBy = r.Who.login.EmailAddress
	if err := s.Store.PutWebhook(r.Context(), w); err != nil {
		return nil, err
	}
	return s.webhookInfo(r.Context(), w, q.NewSecret)
}

func (s *Server) deleteWebhook(r *Request, _ *DeleteWebhook) error {
	return s.Store.DeleteWebhook(r.Context(), r.found.webhook.ID)
}

func (s *Server) testWebhook(r *Request, _ *TestWebhook) (*WebhookDeliveryInfo, error) {
	m, err := s.Store.TestWebhook(r.Context(), r.found.webhook)
	if err != nil {
		return nil, err
	}
	info := deliveryInfo(m)
	return &info, nil
}

func (s *Server) listWebhookDeliveries(r *Request, q *ListWebhookDeliveries) (*ListResponse[WebhookDeliveryInfo], error) {
	list, err := q.list()
	if err != nil {
		return nil, err
	}
	list.Most = maxNotifications
	f := endpoints.OutboundFilter{List: list, AccountIDs: []string{r.found.accountID}, Channels: []endpoints.Channel{endpoints.Webhooks}, From: r.found.webhook.ID}
	for _, state := range q.States {
		f.States = append(f.States, endpoints.OutState(strings.ToLower(string(state))))
	}
	if f.Start, f.End, err = days("startDate", q.StartDate, "endDate", q.EndDate); err != nil {
		return nil, err
	}
	all, total, err := s.Store.Outbounds(r.Context(), f)
	items := make([]WebhookDeliveryInfo, len(all))
	for i, m := range all {
		items[i] = deliveryInfo(m)
	}
	return page(&q.ListRequest, items, total), err
}

func (s *Server) replayWebhookDelivery(r *Request, q *ReplayWebhookDelivery) (*WebhookDeliveryInfo, error) {
	m, err := s.Store.Outbound(r.Context(), q.DeliveryId)
	if err != nil || m.Channel != endpoints.Webhooks || m.From != r.found.webhook.ID {
		return nil, missing(err, "delivery", q.DeliveryId)
	}
	if m, err = s.Store.RequeueOutbound(r.Context(), m.ID, r.Who.login.EmailAddress); err != nil {
		return nil, missing(err, "delivery", q.DeliveryId)
	}
	if s.Wake != nil {
		s.Wake()
	}
	info := deliveryInfo(m)
	return &info, nil
}

// oneWebhook is for a webhook named by its id.
func oneWebhook() scope {
	return scope{"webhook", func(s *Server, r *Request, in any) error {
		id := in.(interface{ webhook() string }).webhook()
		w, err := s.Store.Webhook(r.Context(), id)
		if err != nil || !r.Who.may(w.AccountID) {
			return missing(err, "webhook", id)
		}
		r.found.webhook, r.found.accountID = w, w.AccountID
		return s.ofCaller(r, "", "webhook", id) // webhooks are the account's
	}}
}

func (s *Server) webhookInfo(ctx context.Context, w *endpoints.Webhook, secret bool) (*WebhookInfo, error) {
	infos, err := s.webhookInfos(ctx, []*endpoints.Webhook{w})
	if err != nil {
		return nil, err
	}
	if secret {
		infos[0].Secret = w.Secret
	}
	return &infos[0], nil
}

func (s *Server) webhookInfos(ctx context.Context, all []*endpoints.Webhook) ([]WebhookInfo, error) {
	var accounts []string
	for _, w := range all {
		accounts = append(accounts, w.AccountID)
	}
	names, err := s.shown(ctx, accounts, nil)
	if err != nil {
		return nil, err
	}
	out := make([]WebhookInfo, len(all))
	for i, w := range all {
		out[i] = WebhookInfo{
			EntityInfo: entityInfo(w.Entity), AccountId: w.AccountID, AccountName: names.of(w.AccountID), Name: w.Name, Url: w.URL,
			Events: wordsOf[WebhookEvents](w.Events), IsDisabled: w.Disabled,
		}
	}
	return out, nil
}

func deliveryInfo(m *endpoints.Outbound) WebhookDeliveryInfo {
	d := WebhookDeliveryInfo{
		EntityInfo: entityInfo(m.Entity), WebhookId: m.From, Event: m.Subject, Body: string(m.Body), State: notificationState(m.State), Tries: m.Tries,
		ErrorMessage: m.LastError, DateSent: moment(m.Sent),
	}
	if m.State == endpoints.OutQueued {
		d.DateNext = moment(m.Next)
	}
	return d
}
