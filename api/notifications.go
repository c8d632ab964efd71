package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"ringflow/endpoints"
)

// Outbox is where messages are put to be sent; *outbox.Worker is one.
type Outbox interface {
	Put(ctx context.Context, m *endpoints.Outbound) error
	Wake()
}

// maxNotifications is how many a list gives at once with all=true: each has its
// text with it.
const maxNotifications = 1_000

func (s *Server) listNotifications(r *Request, q *ListNotifications) (*ListResponse[NotificationInfo], error) {
	list, err := q.list()
	if err != nil {
		return nil, err
	}
	list.Most = maxNotifications
	channels := notified(q.Type)
	if len(q.CustomerIds) > 0 || len(channels) == 0 { // nothing of the kind is sent
		return page[NotificationInfo](&q.ListRequest, nil, 0), nil
	}
	f := endpoints.OutboundFilter{List: list, AccountIDs: q.AccountIds, Channels: channels, From: q.FromFilter, To: q.ToFilter, Subject: q.SubjectFilter}
	for _, state := range q.States {
		f.States = append(f.States, endpoints.OutState(strings.ToLower(string(state))))
	}
	if f.Start, f.End, err = days("startDate", q.StartDate, "endDate", q.EndDate); err != nil {
		return nil, err
	}
	all, total, err := s.Store.Outbounds(r.Context(), f)
	if err != nil {
		return nil, err
	}
	items, err := s.notificationInfos(r.Context(), all)
	return page(&q.ListRequest, items, total), err
}

// resendNotification sends at once what waits or was given up, and a copy of what
// was sent.
func (s *Server) resendNotification(r *Request, _ *ResendNotification) (*NotificationInfo, error) {
	if s.Outbox == nil && r.found.outbound.Channel == endpoints.Email {
		return nil, fail(http.StatusBadRequest, "ArgumentException", "this server sends no mail; set mail.smtp in its configuration")
	}
	m, err := s.Store.RequeueOutbound(r.Context(), r.found.outbound.ID, r.Who.login.EmailAddress)
	if err != nil {
		return nil, missing(err, "notification", r.found.outbound.ID)
	}
	if s.Outbox != nil {
		s.Outbox.Wake()
	} else if s.Wake != nil {
		s.Wake()
	}
	infos, err := s.notificationInfos(r.Context(), []*endpoints.Outbound{m})
	if err != nil {
		return nil, err
	}
	return &infos[0], nil
}

func notificationState(s endpoints.OutState) NotificationStates {
	return NotificationStates(strings.ToUpper(string(s[:1])) + string(s[1:]))
}

// oneNotification is for a message named by its id.
func oneNotification() scope {
	return scope{"notification", func(s *Server, r *Request, in any) error {
		id := in.(interface{ notification() string }).notification()
		m, err := s.Store.Outbound(r.Context(), id)
		if err != nil || !r.Who.may(m.AccountID) {
			return missing(err, "notification", id)
		}
		r.found.outbound, r.found.accountID = m, m.AccountID
		return s.ofCaller(r, "", "notification", id) // messages are the account's
	}}
}

func (s *Server) notificationInfos(ctx context.Context, all []*endpoints.Outbound) ([]NotificationInfo, error) {
	var accounts, files []string
	bodies := make([]notice, len(all))
	for i, m := range all {
		accounts = append(accounts, m.AccountID)
		n, err := noticeOf(m)
		if err != nil {
			return nil, err
		}
		bodies[i] = n
		files = append(files, n.files...)
		if n.endpoint != "" {
			accounts = append(accounts, n.endpoint)
		}
	}
	names, err := s.shown(ctx, accounts, nil)
	if err != nil {
		return nil, err
	}
	attached, err := s.filesByID(ctx, files)
	if err != nil {
		return nil, err
	}
	out := make([]NotificationInfo, len(all))
	for i, m := range all {
		n := NotificationInfo{
			EntityInfo: entityInfo(m.Entity), AccountId: m.AccountID, AccountName: names.of(m.AccountID), Type: notificationType(m.Channel), Subject: m.Subject, Body: bodies[i].text,
			Recipients: []NotificationRecipientInfo{}, Attachments: []FileInfo{}, From: m.From, To: strings.Join(m.To, ", "),
			Error: m.State == endpoints.OutFailed, ErrorMessage: m.LastError, Tries: m.Tries, DateSent: moment(m.Sent),
			State: notificationState(m.State),
		}
		if m.State == endpoints.OutQueued {
			n.DateNext = moment(m.Next)
		}
		for _, to := range m.To {
			n.Recipients = append(n.Recipients, NotificationRecipientInfo{Address: to, Extra: "To"})
		}
		if n.From == "" {
			n.From = names.of(bodies[i].endpoint)
		}
		for _, id := range bodies[i].files {
			if info, there := attached[id]; there && info.AccountId == m.AccountID {
				n.Attachments = append(n.Attachments, info)
			}
		}
		out[i] = n
	}
	return out, nil
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// filesByID are the files that are still there.
func (s *Server) filesByID(ctx context.Context, ids []string) (map[string]FileInfo, error) {
	out := map[string]FileInfo{}
	slices.Sort(ids)
	for part := range slices.Chunk(slices.Compact(ids), maxPage) {
		files, _, err := s.Store.Files(ctx, endpoints.FileFilter{List: endpoints.List{SpecificIDs: part, CountPerPage: maxPage, Simplified: true}})
		if err != nil {
			return nil, err
		}
		infos, err := s.fileInfos(ctx, files)
		if err != nil {
			return nil, err
		}
		for _, f := range infos {
			out[f.Id] = f
		}
	}
	return out, nil
}
