package endpoints

import (
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"
)

// ReportKind is what a report tells of, as its route is called.
type ReportKind string

const (
	AgentStateReport        ReportKind = "agent-state"
	CallCenterReport        ReportKind = "call-center"
	CallCenterAbandonReport ReportKind = "call-center-abandon"
	CallCenterDetailReport  ReportKind = "call-center-detail"
	CallHistoryReport       ReportKind = "call-history"
	CallOutcomeReport       ReportKind = "call-outcome"
	CDRReport               ReportKind = "cdr"
	MetricReport            ReportKind = "metric"
	EndpointsReport         ReportKind = "endpoints"
)

// ReportStatus is how far a report has come, in the API's names.
type ReportStatus string

const (
	ReportQueued    ReportStatus = "Queued"
	ReportRunning   ReportStatus = "Running"
	ReportCompleted ReportStatus = "Completed"
	ReportError     ReportStatus = "Error"
)

// Metrics are what a metric report can tell of, per day.
var Metrics = []string{"Sessions", "Answered", "Missed", "TalkSeconds", "DurationSeconds"}

// Report is a spreadsheet that is made in the background. Its bytes are the blob
// of its ID, once it is Completed.
type Report struct {
	Entity
	AccountID  string
	CustomerID string // with all below it; empty: all
	Kind       ReportKind
	Status     ReportStatus
	Message    string // why it is in Error, or what is left out
	Server     string // that makes it, and has the bytes
	Wanted     ReportWanted
}

// ReportWanted is what of an account goes into a report, and who is told.
type ReportWanted struct {
	Start              time.Time `json:"start,omitzero"` // sessions that began in [Start, End); zero: open
	End                time.Time `json:"end,omitzero"`
	TimeZoneID         string    `json:"timeZoneId,omitempty"` // empty: UTC
	EndpointID         string    `json:"endpointId,omitempty"`
	FlowID             string    `json:"flowId,omitempty"`
	MetricName         string    `json:"metricName,omitempty"`
	SpecificState      string    `json:"specificState,omitempty"` // an outcome, or an agent's state
	IncludeCustomerIDs bool      `json:"includeCustomerIds,omitempty"`
	Types              []Kind    `json:"types,omitempty"` // of endpoints; none: all
	NotifyEmail        string    `json:"notifyEmail,omitempty"`
	WebhookURL         string    `json:"webhookUrl,omitempty"`
}

// ReportFilter chooses reports.
type ReportFilter struct {
	List
	AccountIDs  []string
	CustomerIDs []string // with all below them
}

// Validate tells what of a report can't be made (*Invalid).
func (r *Report) Validate() error {
	w := &r.Wanted
	if w.TimeZoneID != "" {
		if _, err := time.LoadLocation(w.TimeZoneID); err != nil || w.TimeZoneID == "Local" {
			return invalid("timeZoneId", "%.64q is no time zone, as America/New_York is", w.TimeZoneID)
		}
	}
	if !w.Start.IsZero() && !w.End.IsZero() && !w.Start.Before(w.End) {
		return invalid("endDate", "isn't after startDate")
	}
	if w.NotifyEmail != "" {
		a, err := mail.ParseAddress(w.NotifyEmail)
		if err != nil || len(w.NotifyEmail) > maxText {
			return invalid("emailAddressToNotify", "%.64q isn't an e-mail address", w.NotifyEmail)
		}
		w.NotifyEmail = a.Address
	}
	if w.WebhookURL != "" {
		u, err := url.Parse(w.WebhookURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || len(w.WebhookURL) > maxText || w.WebhookURL != oneLine(w.WebhookURL) {
			return invalid("webhookUrl", "%.64q isn't an address of %d bytes at most that begins with https:// or http://, without a password", w.WebhookURL, maxText)
		}
	}
	if len(w.SpecificState) > maxText || w.SpecificState != oneLine(w.SpecificState) {
		return invalid("specificState", "isn't a line of %d bytes at most", maxText)
	}
	if r.Kind == MetricReport && !slices.Contains(Metrics, w.MetricName) {
		return invalid("metricName", "%.64q is none; there are %s", w.MetricName, strings.Join(Metrics, ", "))
	}
	for _, t := range w.Types {
		if !slices.Contains(Kinds, t) {
			return invalid("types", "%.64q is no type of endpoints", t)
		}
	}
	return nil
}
