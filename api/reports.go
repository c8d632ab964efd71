package api

import (
	"errors"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ringflow/api/report"
	"ringflow/endpoints"
)

const xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

func (s *Server) listReports(r *Request, _ *ListReports) (*ListReportsResponse, error) {
	all, _, err := s.Store.Reports(r.Context(), endpoints.ReportFilter{
		List:       endpoints.List{CountPerPage: maxPage, SortOrder: endpoints.Descend, Simplified: true},
		AccountIDs: []string{r.found.accountID}, CustomerIDs: keptTo(r.Context()),
	})
	out := &ListReportsResponse{Reports: make([]ReportInfo, len(all))}
	for i, v := range all {
		out.Reports[i] = s.reportInfo(v)
	}
	return out, err
}

// queueReport refuses at once what could not be made, and answers before it is.
func (s *Server) queueReport(r *Request, kind endpoints.ReportKind, q *ReportRequest) (*ReportInfo, error) {
	ctx := r.Context()
	v := &endpoints.Report{AccountID: r.found.accountID, CustomerID: q.CustomerId, Kind: kind, Wanted: endpoints.ReportWanted{
		TimeZoneID: strings.TrimSpace(q.TimeZoneId), EndpointID: q.EndpointId, FlowID: q.FlowId, MetricName: q.MetricName, SpecificState: q.SpecificState,
		IncludeCustomerIDs: q.IncludeCustomerIds, Types: wordsOf[endpoints.Kind](q.Types), NotifyEmail: strings.TrimSpace(q.EmailAddressToNotify), WebhookURL: strings.TrimSpace(q.WebhookUrl),
	}}
	v.CreatedBy = r.Who.login.EmailAddress
	if err := v.Validate(); err != nil {
		return nil, err
	}
	var err error
	if v.Wanted.Start, v.Wanted.End, err = daysIn(v.Wanted.TimeZoneID, q.StartDate, q.EndDate); err != nil {
		return nil, err
	}
	if err := s.sameAccountCustomer(ctx, v.AccountID, q.CustomerId); err != nil {
		return nil, err
	}
	if err := s.sameAccountFlow(ctx, v.AccountID, q.FlowId); err != nil {
		return nil, err
	}
	if q.EndpointId != "" {
		e, err := s.Store.Endpoint(ctx, q.EndpointId)
		if err != nil || e.AccountID != v.AccountID {
			return nil, missing(err, "endpoint", q.EndpointId)
		}
		if err := s.within(ctx, e.CustomerID, "endpoint", e.ID); err != nil {
			return nil, err
		}
	}
	if err := s.Store.QueueReport(ctx, v); err != nil {
		return nil, err
	}
	if s.Reports != nil {
		s.Reports.Wake()
	}
	info := s.reportInfo(v)
	return &info, nil
}

// daysIn is days of a time zone.
func daysIn(zone, startText, endText string) (start, end time.Time, err error) {
	if startText != "" {
		if start, err = momentIn(startText, zone); err != nil {
			return start, end, badValue("startDate", "%v", err)
		}
	}
	if endText != "" {
		if end, err = momentIn(endText, zone); err != nil {
			return start, end, badValue("endDate", "%v", err)
		}
		if len(strings.TrimSpace(endText)) == len(time.DateOnly) {
			end = end.AddDate(0, 0, 1)
		}
	}
	return start, end, nil
}

// getReport answers with the bytes.
func (s *Server) getReport(r *Request, _ *GetReport) (raw, error) {
	v := r.found.report
	if v.Status != endpoints.ReportCompleted {
		return nil, fail(http.StatusNotFound, "NotFound", "the report %s can't be downloaded: it is %s", v.ID, v.Status)
	}
	body, _, err := s.Blob.Open(v.ID)
	if err != nil {
		return nil, missing(err, "content of report", v.ID)
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		defer body.Close()
		h := w.Header()
		h.Set("Content-Type", xlsx)
		h.Set("Content-Disposition", `attachment; filename="`+string(v.Kind)+"-"+v.DateCreated.UTC().Format(time.DateOnly)+`.xlsx"`)
		h.Set("Cache-Control", "private, no-store")
		h.Set("ETag", `"`+strconv.FormatInt(v.Revision, 10)+"-"+v.ID+`"`)
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		http.ServeContent(&slowWriter{ResponseWriter: w, rc: http.NewResponseController(w)}, r, "", v.DateLastModified, body)
		return nil
	}, nil
}

func (s *Server) deleteReport(r *Request, _ *DeleteReport) error {
	err := report.Erase(r.Context(), s.Store, s.Blob, r.found.report.ID, s.log())
	if errors.Is(err, fs.ErrNotExist) {
		return notFound("report", r.found.report.ID)
	}
	return err
}

// oneReport is for a report named by its id.
func oneReport() scope {
	return scope{"report", func(s *Server, r *Request, in any) error {
		id := strings.TrimSuffix(in.(interface{ report() string }).report(), ".xlsx")
		v, err := s.Store.Report(r.Context(), id)
		if err != nil || !r.Who.may(v.AccountID) {
			return missing(err, "report", id)
		}
		r.found.report, r.found.accountID = v, v.AccountID
		return s.ofCaller(r, v.CustomerID, "report", id)
	}}
}

func (s *Server) reportInfo(v *endpoints.Report) ReportInfo {
	out := ReportInfo{
		Id: v.ID, Name: report.Name(v.Kind), Status: ReportStatuses(v.Status), StatusMessage: v.Message, DateCreated: v.DateCreated, DateUpdated: v.DateLastModified,
		JobId: v.ID, EmailAddressToNotify: v.Wanted.NotifyEmail, Server: v.Server,
		revision: v.Revision,
	}
	if v.Status == endpoints.ReportCompleted {
		out.DownloadLink = report.Link(s.PublicURL, v.ID)
	}
	return out
}

// Waker looks for work when it is told that there is some.
type Waker interface{ Wake() }
