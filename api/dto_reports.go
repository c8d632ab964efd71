package api

import "time"

// ReportInfo is a spreadsheet that is made in the background.
type ReportInfo struct {
	_                    struct{} `ns:"Voice.Api.Reports"`
	Id                   string
	Name                 string
	Status               ReportStatuses
	StatusMessage        string // why it is in Error, or what is left out
	DateCreated          time.Time
	DateUpdated          time.Time
	DownloadLink         string // once it is Completed
	JobId                string // the id
	EmailAddressToNotify string
	Server               string // that makes it

	revision int64 // for the ETag
}

// ReportStatuses are how far a report can have come.
type ReportStatuses string

func (ReportStatuses) Members() []string { return []string{"Queued", "Running", "Completed", "Error"} }

// ListReports lists reports.
type ListReports struct {
	_         struct{} `ns:"Voice.Api.Reports"`
	AccountId string
}

func (q *ListReports) account() string { return q.AccountId }

// ListReportsResponse are the reports of an account.
type ListReportsResponse struct {
	_       struct{} `ns:"Voice.Api.Reports"`
	Reports []ReportInfo
}

// GetReport downloads a report.
type GetReport struct {
	_        struct{} `ns:"Voice.Api.Reports"`
	ReportId string
}

func (q *GetReport) report() string { return q.ReportId }

// DeleteReport deletes a report.
type DeleteReport struct {
	_        struct{} `ns:"Voice.Api.Reports"`
	ReportId string
}

func (q *DeleteReport) report() string { return q.ReportId }

// ReportRequest is what all reports are asked for with.
type ReportRequest struct {
	_                       struct{} `ns:"Voice.Api.Reports"`
	AccountId               string
	EmailAddressToNotify    string // is told when it is there
	WebhookUrl              string // is POSTed the same
	StartDate, EndDate      string // YYYY-MM-DD, the last day included, or a moment; of the time zone
	TimeZoneId              string
	CustomerId              string // and all below it
	EndpointId              string
	FlowId                  string
	MetricName              string
	SpecificState           string
	IncludeArchivedSessions bool // nothing is archived: all there is counts
	IncludeCustomerIds      bool
	Types                   []EndpointTypes // of EndpointsReport
}

func (q *ReportRequest) account() string       { return q.AccountId }
func (q *ReportRequest) asked() *ReportRequest { return q }

// AgentStateReport is asked for a report of agents.
type AgentStateReport struct {
	_ struct{} `ns:"Voice.Api.Reports"`
	ReportRequest
}

// CallCenterReport is asked for a report of queues, day by day.
type CallCenterReport struct {
	_ struct{} `ns:"Voice.Api.Reports"`
	ReportRequest
}

// CallCenterAbandonReport is asked for a report of callers who gave up.
type CallCenterAbandonReport struct {
	_ struct{} `ns:"Voice.Api.Reports"`
	ReportRequest
}

// CallCenterDetailReport is asked for a report of callers in queues.
type CallCenterDetailReport struct {
	_ struct{} `ns:"Voice.Api.Reports"`
	ReportRequest
}

// CallHistoryReport is asked for a report of sessions.
type CallHistoryReport struct {
	_ struct{} `ns:"Voice.Api.Reports"`
	ReportRequest
}

// CallOutcomeReport is asked for a report of outcomes.
type CallOutcomeReport struct {
	_ struct{} `ns:"Voice.Api.Reports"`
	ReportRequest
}

// CdrReport is asked for a report of legs.
type CdrReport struct {
	_ struct{} `ns:"Voice.Api.Reports"`
	ReportRequest
}

// MetricReport is asked for a report of one figure.
type MetricReport struct {
	_ struct{} `ns:"Voice.Api.Reports"`
	ReportRequest
}

// EndpointsReport is asked for a report of endpoints.
type EndpointsReport struct {
	_ struct{} `ns:"Voice.Api.Reports"`
	ReportRequest
}
