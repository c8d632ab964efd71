package api

import "time"

// NotificationInfo is a message on its way out, or what became of it.
type NotificationInfo struct {
	_ struct{} `ns:"Voice.Api.Notifications"`
	EntityInfo
	AccountId          string
	AccountName        string
	CustomerId         string
	CustomerName       string
	CustomerBreadcrumb []CustomerBreadcrumb
	Type               NotificationTypes
	Subject            string
	Body               string
	Recipients         []NotificationRecipientInfo
	Attachments        []FileInfo
	From               string
	To                 string
	Error              bool
	ErrorMessage       string

	// Ours.
	State    NotificationStates
	Tries    int
	DateNext *time.Time // of the next try
	DateSent *time.Time
}

// NotificationRecipientInfo is one whom it is for.
type NotificationRecipientInfo struct {
	_       struct{} `ns:"Voice.Api.Notifications"`
	Address string
	Extra   string
}

// NotificationTypes are the ways that messages leave by.
type NotificationTypes string

func (NotificationTypes) Members() []string {
	return []string{"Email", "Sms", "Push", "IncomingCall", "OutgoingCall"}
}

// NotificationStates are how far a message has come.
type NotificationStates string

func (NotificationStates) Members() []string {
	return []string{"Queued", "Sending", "Sent", "Failed"}
}

// ListNotifications lists messages.
type ListNotifications struct {
	_ struct{} `ns:"Voice.Api.Notifications"`
	ListRequest
	AccountIds    []string
	CustomerIds   []string
	FromFilter    string
	ToFilter      string
	SubjectFilter string
	StartDate     string
	EndDate       string
	Type          NotificationTypes
	States        []NotificationStates // ours
}

func (q *ListNotifications) accounts() *[]string { return &q.AccountIds }

// ResendNotification puts a message on its way again.
type ResendNotification struct {
	_              struct{} `ns:"Voice.Api.Notifications"`
	NotificationId string
}

func (q *ResendNotification) notification() string { return q.NotificationId }
