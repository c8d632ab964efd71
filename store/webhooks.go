package store

import (
	"context"

	"github.com/uptrace/bun"

	"ringflow/endpoints"
)

type webhookRow struct {
	bun.BaseModel `bun:"table:webhooks,alias:w"`
	revised
	AccountID string `bun:"account_id"`
	Name      string `bun:"name"`
	URL       string `bun:"url"`
	Events    string `bun:"events"` // JSON
	Secret    string `bun:"secret"` // sealed
	Disabled  bool   `bun:"disabled"`
}

// maxWebhooks of one account.
const maxWebhooks = 50

func (s *Store) webhook(r *webhookRow) (*endpoints.Webhook, error) {
	w := &endpoints.Webhook{Entity: r.whole(), AccountID: r.AccountID, Name: r.Name, URL: r.URL, Disabled: r.Disabled}
	var err error
	if w.Secret, err = s.seal.open("webhooks/"+r.ID, r.Secret); err != nil {
		return nil, err
	}
	return w, fromText("events of webhook "+r.ID, r.Events, &w.Events)
}

// Webhook is the webhook with this id.
func (s *Store) Webhook(ctx context.Context, id string) (*endpoints.Webhook, error) {
	var r webhookRow
	if err := s.r.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx); err != nil {
		return nil, one(err, "webhook", id)
	}
	return s.webhook(&r)
}

var webhookSorting = entities.and(map[string]string{"name": "name", "url": "url"}).with(sorting{"accountName": byAccount, "isDisabled": {name: "disabled"}})

// Webhooks lists webhooks, and counts them.
func (s *Store) Webhooks(ctx context.Context, f endpoints.WebhookFilter) ([]*endpoints.Webhook, int, error) {
	var rows []*webhookRow
	q := s.r.NewSelect().Model(&rows)
	in(q, "account_id", f.AccountIDs)
	s.contains(q, f.NameFilter, "name")
	total, err := s.page(ctx, q, f.List, webhookSorting)
	if err != nil {
		return nil, 0, err
	}
	out := make([]*endpoints.Webhook, len(rows))
	for i, r := range rows {
		if out[i], err = s.webhook(r); err != nil {
			return nil, 0, err
		}
	}
	return out, total, nil
}

// PutWebhook makes or changes a webhook.
func (s *Store) PutWebhook(ctx context.Context, w *endpoints.Webhook) (err error) {
	defer unkept(&w.Entity, &err)()
	if err := w.Validate(); err != nil {
		return err
	}
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		fresh := w.ID == ""
		if err := stampOwned(ctx, tx, "webhooks", &w.Entity, w.AccountID); err != nil {
			return err
		}
		if fresh {
			n, err := tx.NewSelect().TableExpr("webhooks").Where("account_id = ?", w.AccountID).Count(ctx)
			if err != nil {
				return err
			}
			if n >= maxWebhooks {
				return invalid("url", "an account has %d webhooks at most; delete one that isn't used", maxWebhooks)
			}
		}
		return put(ctx, tx, &webhookRow{
			revised: fromRevised(w.Entity), AccountID: w.AccountID, Name: w.Name, URL: w.URL, Events: text(w.Events),
			Secret: s.seal.close("webhooks/"+w.ID, w.Secret), Disabled: w.Disabled,
		})
	})
}

// DeleteWebhook removes a webhook; what waits for it is given up.
func (s *Store) DeleteWebhook(ctx context.Context, id string) error {
	return s.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		return remove(ctx, tx, "webhooks", "webhook", id)
	})
}
