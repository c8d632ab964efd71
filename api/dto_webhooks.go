package api

import (
	"time"

	"ringflow/endpoints"
)

// WebhookInfo is where an account's events are sent to.
type WebhookInfo struct {
	_ struct{} `ns:"Voice.Api.Webhooks"`
	EntityInfo
	AccountId   string
	AccountName string
	Name        string
	Url         string
	Events      []WebhookEvents // none: all
	IsDisabled  bool
	Secret      string // in the answer to NewWebhook, and to PatchWebhook with newSecret, only
}

// WebhookEvents are what webhooks tell of.
type WebhookEvents string

func (WebhookEvents) Members() []string { return wordsOf[string](endpoints.EventTypes) }

// ListWebhooks lists webhooks.
type ListWebhooks struct {
	_ struct{} `ns:"Voice.Api.Webhooks"`
	ListRequest
	AccountIds []string
	NameFilter string
}

func (q *ListWebhooks) accounts() *[]string { return &q.AccountIds }

// GetWebhook shows a webhook.
type GetWebhook struct {
	_         struct{} `ns:"Voice.Api.Webhooks"`
	WebhookId string
}

func (q *GetWebhook) webhook() string { return q.WebhookId }

// NewWebhook makes a webhook.
type NewWebhook struct {
	_         struct{} `ns:"Voice.Api.Webhooks"`
	AccountId string
	Name      string
	Url       string
	Events    []WebhookEvents
}

func (q *NewWebhook) account() string { return q.AccountId }

// PatchWebhook changes the members that are given.
type PatchWebhook struct {
	_          struct{} `ns:"Voice.Api.Webhooks"`
	WebhookId  string
	Name       *string
	Url        *string
	Events     *[]WebhookEvents
	IsDisabled *bool
	NewSecret  bool // what is signed from now on is signed by another secret
}

func (q *PatchWebhook) webhook() string { return q.WebhookId }

// DeleteWebhook deletes a webhook.
type DeleteWebhook struct {
	_         struct{} `ns:"Voice.Api.Webhooks"`
	WebhookId string
}

func (q *DeleteWebhook) webhook() string { return q.WebhookId }

// TestWebhook sends a webhook an event of no meaning.
type TestWebhook struct {
	_         struct{} `ns:"Voice.Api.Webhooks"`
	WebhookId string
}

func (q *TestWebhook) webhook() string { return q.WebhookId }

// ListWebhookDeliveries lists what was and is to be sent to a webhook.
type ListWebhookDeliveries struct {
	_ struct{} `ns:"Voice.Api.Webhooks"`
	ListRequest
	WebhookId          string
	States             []NotificationStates
	StartDate, EndDate string // YYYY-MM-DD
}

func (q *ListWebhookDeliveries) webhook() string { return q.WebhookId }

// ReplayWebhookDelivery sends an event again.
type ReplayWebhookDelivery struct {
	_          struct{} `ns:"Voice.Api.Webhooks"`
	WebhookId  string
	DeliveryId string
}

func (q *ReplayWebhookDelivery) webhook() string { return q.WebhookId }

// WebhookDeliveryInfo is an event on its way to a webhook.
type WebhookDeliveryInfo struct {
	_ struct{} `ns:"Voice.Api.Webhooks"`
	EntityInfo
	WebhookId    string
	Event        string
	Body         string // as it is sent
	State        NotificationStates
	Tries        int
	ErrorMessage string     // of the last try that came to nothing
	DateSent     *time.Time // when it was taken
	DateNext     *time.Time // when it is tried next
}
