// Package report makes spreadsheets of what the store has: one at a time, from the
// queue in the store, into the blob store. It stands beside the API's handlers, which
// only queue, list and delete.
package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
	"ringflow/store/blob"
)

const (
	poll = time.Minute // finds what waits after the store was away
	// makeTime is how long one report may take, endTime how long it may take to note
	// what became of it.
	makeTime, endTime = time.Hour, 10 * time.Second
	// What ended is kept for Keep, and looked for every keepEvery.
	Keep      = 30 * 24 * time.Hour
	keepEvery = time.Hour
)

// Worker makes reports. Set the fields, then Start; it runs until Close.
type Worker struct {
	Store     *store.Store
	Blob      *blob.Folder
	Agent     func(u *endpoints.Endpoint) endpoints.Agent // what a user does now
	MailFrom  string                                      // empty: this server sends no mail
	PublicURL string                                      // empty: links are paths
	Log       *zap.Logger

	wake chan struct{}
	stop context.CancelFunc
	wg   sync.WaitGroup
	away bool // the store can't be asked; the loop's own
}

// Start takes up what waits, and what an earlier life was at.
func (w *Worker) Start(ctx context.Context) error {
	if w.Log == nil {
		w.Log = zap.NewNop()
	}
	if err := w.Store.RequeueReports(ctx); err != nil {
		return err
	}
	ctx, w.stop = context.WithCancel(context.WithoutCancel(ctx))
	w.wake = make(chan struct{}, 1)
	w.wg.Go(func() { w.run(ctx) })
	return nil
}

// Close ends the report that is being made, which the next life makes anew, and waits.
func (w *Worker) Close() {
	w.stop()
	w.wg.Wait()
}

// Wake lets the worker look for reports now.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *Worker) run(ctx context.Context) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	var pruned time.Time
	for {
		for ctx.Err() == nil && w.next(ctx) {
		}
		if now := time.Now(); now.Sub(pruned) >= keepEvery {
			pruned = now
			w.prune(ctx, now.Add(-Keep))
		}
		select {
		case <-w.wake:
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// next makes the next report, if one waits.
func (w *Worker) next(ctx context.Context) bool {
	r, err := w.Store.TakeReport(ctx)
	if err != nil {
		if !w.away && ctx.Err() == nil {
			w.Log.Warn("reports wait until the store can be asked", zap.Error(err))
		}
		w.away = true
		return false
	}
	w.away = false
	if r == nil {
		return false
	}
	began := time.Now()
	note, err := w.produce(ctx, r)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	status := endpoints.ReportCompleted
	switch {
	case err != nil && ctx.Err() != nil:
		status, note = endpoints.ReportQueued, ""
	case err != nil:
		status, note = endpoints.ReportError, err.Error()
		w.Log.Warn("a report can't be made", zap.String("report", r.ID), zap.String("kind", string(r.Kind)), zap.Error(err))
	}
	if status != endpoints.ReportQueued && r.Wanted.NotifyEmail != "" && w.MailFrom == "" {
		note = strings.TrimSpace(note + " Nobody was written to: this server sends no mail.")
	}
	r.Status, r.Message = status, note
	if err := w.Store.EndReport(end, r.ID, status, note, w.told(r)...); err != nil {
		if errors.Is(err, fs.ErrNotExist) { // deleted meanwhile
			err = w.Blob.Remove(r.ID)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			w.Log.Error("what became of a report can't be kept", zap.String("report", r.ID), zap.Error(err))
		}
		return !store.Away(err)
	}
	w.Log.Debug("report", zap.String("report", r.ID), zap.String("kind", string(r.Kind)), zap.String("status", string(status)), zap.Duration("took", time.Since(began)))
	return status != endpoints.ReportQueued
}

// produce writes the file of a report; note is what its reader should know.
func (w *Worker) produce(ctx context.Context, r *endpoints.Report) (note string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, makeTime, fmt.Errorf("it took more than %s; choose fewer sessions by their dates", makeTime))
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal: %v", p)
		}
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
	}()
	m, err := w.maker(ctx, r)
	if err != nil {
		return "", err
	}
	b, err := newBook(m.columns...)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	m.book = b
	switch err := m.fill(ctx); {
	case errors.Is(err, errFull):
		note = fmt.Sprintf("there are more than %d rows, and these are the first; choose fewer by startDate and endDate", maxRows)
		b.tell("Note", note)
	case err != nil:
		return "", err
	}
	m.describe()
	out, err := w.Blob.Create(r.ID)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := b.write(out); err != nil {
		return "", err
	}
	_, err = out.Commit()
	return note, err
}

// prune removes reports that ended before a time.
func (w *Worker) prune(ctx context.Context, before time.Time) {
	for {
		ids, err := w.Store.OldReports(ctx, before)
		for _, id := range ids {
			if err == nil {
				err = Erase(ctx, w.Store, w.Blob, id, w.Log)
			}
		}
		if err != nil && ctx.Err() == nil {
			w.Log.Warn("old reports stay for now", zap.Error(err))
		}
		if err != nil || len(ids) == 0 {
			return
		}
	}
}

// rows are reports in the words of session, which knows no others than files.
type rows struct{ *store.Store }

func (r rows) DeleteFile(ctx context.Context, id string) error { return r.DeleteReport(ctx, id) }

// Erase deletes a report and its bytes.
func Erase(ctx context.Context, db *store.Store, blobs *blob.Folder, id string, log *zap.Logger) error {
	return session.Erase(ctx, rows{db}, blobs, id, log)
}

// Name is what a report is called.
func Name(k endpoints.ReportKind) string { return names[k] }

var names = map[endpoints.ReportKind]string{
	endpoints.AgentStateReport: "Agent states", endpoints.CallCenterReport: "Call centre", endpoints.CallCenterAbandonReport: "Call centre, abandoned calls",
	endpoints.CallCenterDetailReport: "Call centre, call by call", endpoints.CallHistoryReport: "Call history", endpoints.CallOutcomeReport: "Call outcomes",
	endpoints.CDRReport: "Call detail records", endpoints.MetricReport: "Metric", endpoints.EndpointsReport: "Endpoints",
}

// Link is where a completed report is downloaded.
func Link(publicURL, id string) string {
	return strings.TrimRight(publicURL, "/") + "/reports/" + id + ".xlsx"
}

// told are the messages that tell that a report has ended.
func (w *Worker) told(r *endpoints.Report) []*endpoints.Outbound {
	if r.Status == endpoints.ReportQueued {
		return nil
	}
	name, link := Name(r.Kind), ""
	if r.Status == endpoints.ReportCompleted {
		link = Link(w.PublicURL, r.ID)
	}
	var out []*endpoints.Outbound
	if to := r.Wanted.NotifyEmail; to != "" && w.MailFrom != "" {
		text := fmt.Sprintf("The report %q that %s asked for can be downloaded until %s:\n\n%s\n\n%s", name, r.CreatedBy, time.Now().Add(Keep).UTC().Format(time.DateOnly), link, r.Message)
		if link == "" {
			text = fmt.Sprintf("The report %q that %s asked for could not be made: %s\n", name, r.CreatedBy, r.Message)
		}
		if m, err := endpoints.NewMail(r.AccountID, "report/"+r.ID+"/mail", []string{to}, "Report: "+name, endpoints.Mail{Text: text}); err == nil {
			m.From = w.MailFrom
			out = append(out, m)
		}
	}
	if to := r.Wanted.WebhookURL; to != "" {
		data, err := json.Marshal(map[string]any{"id": r.ID, "name": name, "status": r.Status, "statusMessage": r.Message, "downloadLink": link, "accountId": r.AccountID, "dateCreated": r.DateCreated})
		if err == nil {
			out = append(out, &endpoints.Outbound{AccountID: r.AccountID, Channel: endpoints.Webhooks, Key: "report/" + r.ID + "/webhook", To: []string{to}, Subject: "report", Body: data})
		}
	}
	return out
}
