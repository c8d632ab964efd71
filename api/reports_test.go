package api

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"ringflow/api/report"
	"ringflow/endpoints"
	"ringflow/session"
	"ringflow/store"
)

// makesReports is a house whose reports are made.
func makesReports(h *house, change ...func(*report.Worker)) *report.Worker {
	h.Helper()
	w := &report.Worker{Store: h.server.Store, Blob: h.server.Blob, Agent: h.server.Calls.Agent, MailFrom: "phones@x.test", PublicURL: h.server.PublicURL}
	for _, f := range change {
		f(w)
	}
	if err := w.Start(h.Context()); err != nil {
		h.Fatal(err)
	}
	h.Cleanup(w.Close)
	h.server.Reports = w
	return w
}

// reported waits for a report and reads its rows.
func (h *house) reported(who as, id string) (ReportInfo, [][]string) {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		all := decode[ListReportsResponse](h.T, h.want(200, who, "GET", "/reports?accountId="+h.account, "")).Reports
		i := slices.IndexFunc(all, func(r ReportInfo) bool { return r.Id == id })
		if i < 0 {
			h.Fatalf("no %s in %+v", id, all)
		}
		if s := all[i].Status; s == "Error" || s == "Completed" {
			if s == "Error" {
				return all[i], nil
			}
			file := h.want(200, who, "GET", "/reports/"+id+".xlsx", "")
			if file.Header.Get("Content-Type") != xlsx || !strings.HasSuffix(all[i].DownloadLink, "/reports/"+id+".xlsx") {
				h.Errorf("%v %s", file.Header, all[i].DownloadLink)
			}
			book, err := excelize.OpenReader(bytes.NewReader([]byte(file.body)))
			if err != nil {
				h.Fatal(err)
			}
			defer book.Close()
			rows, err := book.GetRows("Report")
			if err != nil {
				h.Fatal(err)
			}
			for y := range rows {
				for x := range rows[y] {
					at, _ := excelize.CoordinatesToCellName(x+1, y+1)
					if f, err := book.GetCellFormula("Report", at); f != "" || err != nil {
						h.Errorf("%s has the formula %q, %v", at, f, err)
					}
				}
			}
			return all[i], rows
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			h.Fatalf("%+v", all[i])
		}
	}
}

func (h *house) report(who as, path, body string) (ReportInfo, [][]string) {
	h.Helper()
	asked := decode[ReportInfo](h.T, h.want(200, who, "POST", path, body))
	if asked.Status != "Queued" || asked.Id == "" || asked.JobId != asked.Id {
		h.Errorf("%+v", asked)
	}
	return h.reported(who, asked.Id)
}

// talked puts a call on record.
func (h *house) talked(account string, change func(*session.Record), log ...string) {
	h.Helper()
	at := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	r := &session.Record{
		ID: endpoints.NewID(), AccountID: account, Channel: "Voice", Direction: session.Incoming, CallState: session.Disconnected, FromAddress: "+18005550123", FromName: "=1+1", ToAddress: "+18005550100",
		FlowName: "@Menu", Started: at, Answered: at.Add(10 * time.Second), Ended: at.Add(70 * time.Second), Outcome: "Completed",
	}
	change(r)
	c := session.Change{Record: r, New: true}
	for i, text := range log {
		c.Log = append(c.Log, session.LogLine{Date: at.Add(time.Duration(i) * 10 * time.Second), Message: text})
	}
	if err := h.server.Store.SaveSessions(h.Context(), []session.Change{c}); err != nil {
		h.Fatal(err)
	}
}

func TestReports(t *testing.T) { onBoth(t, testReports) }

func testReports(t *testing.T, open func(*testing.T) store.Options) {
	h := newHouseOn(t, open(t))
	makesReports(h)
	me, account := basic("manager@default.test"), `"accountId":"`+h.account+`"`
	for range 120 { // more than are read at once, all of one moment
		h.talked(h.account, func(*session.Record) {})
	}
	h.talked(h.account, func(r *session.Record) { r.Outcome = "Busy" }, "Queue: waits in the queue, number 1", "Queue: offered to Ann, for 10 s", "Queue: Ann answered")
	h.talked(h.account, func(r *session.Record) { r.Outcome = "HungUp" }, "Queue: waits in the queue, number 2", "Queue: gone after 10 s, as number 1")
	h.talked(h.account, func(r *session.Record) { r.Started = r.Started.AddDate(0, 1, 0) })
	h.talked(h.other, func(r *session.Record) { r.FromName = "another's" })

	march := account + `,"startDate":"2026-02-28","endDate":"2026-02-28","timeZoneId":"America/New_York"` // 3:00 UTC is the day before there
	_, rows := h.report(me, "/reports/call-history", "{"+march+`,"includeCustomerIds":true}`)
	if len(rows) != 123 || rows[0][3] != "From name" || rows[1][3] != "=1+1" || rows[1][6] != "2026-02-28 22:00:00" || rows[1][9] != "70" || rows[1][10] != "60" || rows[1][14] != "@Menu" {
		t.Errorf("%d rows: %q", len(rows), rows[:2])
	}
	seen := map[string]bool{}
	for _, r := range rows[1:] {
		seen[r[0]] = true
	}
	if len(seen) != 122 {
		t.Errorf("%d sessions", len(seen))
	}
	if _, rows = h.report(me, "/reports/cdr", "{"+account+"}"); len(rows) != 124 || strings.Contains(strings.Join(rows[123], " "), "another's") {
		t.Errorf("%d rows", len(rows))
	}
	for _, c := range []struct {
		path, body string
		want       []string
	}{
		{"/reports/call-outcome", march, []string{"Day Outcome Sessions", "2026-02-28 Busy 1", "2026-02-28 Completed 120", "2026-02-28 HungUp 1"}},
		{"/reports/call-outcome", account + `,"specificState":"busy"`, []string{"Day Outcome Sessions", "2026-03-01 Busy 1"}},
		{"/reports/metric", account + `,"metricName":"TalkSeconds"`, []string{"Day TalkSeconds", "2026-03-01 7320", "2026-04-01 3780"}},
		{"/reports/call-center", account, []string{strings.Join([]string{"Day", "Callers that waited", "Answered", "Abandoned", "Otherwise ended", "Average wait until answered (s)", "Longest wait (s)"}, " "), "2026-03-01 2 1 1 0 20 20"}},
	} {
		_, rows := h.report(me, c.path, "{"+c.body+"}")
		var got []string
		for _, r := range rows {
			got = append(got, strings.Join(r, " "))
		}
		if c.path == "/reports/metric" {
			got = got[:2] // the second month's call is longer than it talked
			c.want = c.want[:2]
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", c.path, got)
		}
	}
	if _, rows = h.report(me, "/reports/call-center-detail", "{"+account+"}"); len(rows) != 3 {
		t.Errorf("%q", rows)
	}
	if _, rows = h.report(me, "/reports/call-center-abandon", "{"+account+"}"); len(rows) != 2 || rows[1][7] != "10" || rows[1][8] != "Abandoned" {
		t.Errorf("%q", rows)
	}
	on := h.furnish(h.account)
	if _, rows = h.report(me, "/reports/agent-state", "{"+account+"}"); len(rows) != 2 || rows[1][0] != on.endpoint || rows[1][2] != "LoggedOut" {
		t.Errorf("%q", rows)
	}
	if _, rows = h.report(me, "/json/reply/EndpointsReport", "{"+account+`,"types":["User"]}`); len(rows) != 2 || rows[1][0] != on.endpoint || rows[1][1] != "User" {
		t.Errorf("%q", rows)
	}
}

// Who asks for a report is told by mail and webhook when it is there; another account
// and a user see nothing of it; a deleted one is gone with its bytes.
func TestReportsAreToldAndKept(t *testing.T) {
	h := newHouse(t)
	makesReports(h)
	me := basic("manager@default.test")
	info, _ := h.report(me, "/reports/cdr", `{"emailAddressToNotify":"Ann <ann@x.test>","webhookUrl":"https://crm.example.test/done"}`)
	all, _, err := h.server.Store.Outbounds(t.Context(), endpoints.OutboundFilter{AccountIDs: []string{h.account}})
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v %v", all, err)
	}
	for _, m := range all {
		if !strings.Contains(string(m.Body), "/reports/"+info.Id+".xlsx") || m.State != endpoints.OutQueued || !slices.Contains([]string{"ann@x.test", "https://crm.example.test/done"}, m.To[0]) {
			t.Errorf("%+v", m)
		}
	}
	h.want(404, basic("manager@other.test"), "GET", "/reports/"+info.Id+".xlsx", "")
	h.want(404, basic("manager@other.test"), "DELETE", "/reports/"+info.Id, "")
	h.want(403, basic("user@default.test"), "GET", "/reports/"+info.Id+".xlsx", "")
	h.want(403, basic("user@default.test"), "POST", "/reports/cdr", `{}`)
	h.want(204, me, "DELETE", "/reports/"+info.Id, "")
	h.want(404, me, "GET", "/reports/"+info.Id+".xlsx", "")
	if _, _, err := h.server.Blob.Open(info.Id); err == nil {
		t.Error("its bytes are still there")
	}
}

// A server that sends no mail says so to who asked for one.
func TestReportsSayThatNoMailGoes(t *testing.T) {
	h := newHouse(t)
	makesReports(h, func(w *report.Worker) { w.MailFrom = "" })
	for mail, want := range map[string]bool{"": false, "ann@x.test": true} {
		info, _ := h.report(admin, "/reports/cdr", `{"accountId":"`+h.account+`","emailAddressToNotify":"`+mail+`"}`)
		if info.Status != "Completed" || strings.Contains(info.StatusMessage, "sends no mail") != want {
			t.Errorf("%q: %+v", mail, info)
		}
	}
}

// What a server was making when it ended is made by the next; one that fails it twice
// is given up.
func TestReportsOutliveTheServer(t *testing.T) {
	h := newHouse(t)
	db, me := h.server.Store, basic("manager@default.test")
	asked := decode[ReportInfo](t, h.want(200, me, "GET", "/reports/cdr?accountId="+h.account, "")) // any verb
	h.want(404, me, "GET", "/reports/"+asked.Id+".xlsx", "")
	if r, err := db.TakeReport(t.Context()); err != nil || r == nil || r.ID != asked.Id {
		t.Fatal(r, err)
	}
	makesReports(h)
	if _, rows := h.reported(me, asked.Id); len(rows) != 1 {
		t.Errorf("%q", rows)
	}
	twice := &endpoints.Report{AccountID: h.account, Kind: endpoints.CDRReport}
	h2 := newHouse(t)
	twice.AccountID = h2.account
	if err := h2.server.Store.QueueReport(t.Context(), twice); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if r, err := h2.server.Store.TakeReport(t.Context()); err != nil || r == nil {
			t.Fatal(r, err)
		}
		if err := h2.server.Store.RequeueReports(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if info, _ := h2.reported(me, twice.ID); info.Status != "Error" || info.StatusMessage == "" || info.DownloadLink != "" {
		t.Errorf("%+v", info)
	}
}
