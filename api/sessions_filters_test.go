package api

import (
	"testing"
	"time"

	"ringflow/session"
)

// from, to and log mean "contains", in any case, of names, numbers and what was
// dialled; together they all must hold, and no letter has a meaning of its own.
func TestSessionFilters(t *testing.T) {
	h := newHouse(t)
	a := h.over(1, "+18005550101", "+18005550100", "Pressed 1")
	a.FromName, a.Destination = "Ann Smith-Éluard", "sales"
	a.Log = append(a.Log, session.LogLine{Date: a.Started.Add(time.Second), Message: "Transferred to 100%_sure"})
	b := h.over(2, "alice", "+18005550102", "Said <hello> to Ärzte")
	h.keep(a, b)
	for query, want := range map[string]string{
		"from=%2B18005550101": a.ID, "from=+18005550101": a.ID, "from=5550101": a.ID, "from=ann%20s": a.ID, "from=ALICE": b.ID, "from=a": a.ID + b.ID, "from=%25": "", "from=_": "",
		"to=0102": b.ID, "to=(800)%20555-0102": b.ID, "from=1.800.555.0101": a.ID, "to=01-02": "", "to=10.0.0.102": "", "to=5550102.": b.ID, "from=ann.s": "", "to=SALES": a.ID, "to=555": a.ID + b.ID, "to=nobody": "", "from=alice&to=0100": "", "from=alice&to=0102": b.ID,
		"log=pressed%201": a.ID, "log=TRANSFERRED": a.ID, "log=100%25_": a.ID, "log=0%25%25": "", "log=%3Chello%3E": b.ID, "log=%C3%84rzte": b.ID, "log=to%20%C3%A4RZTE": b.ID, "from=smith-%C3%A9LU": a.ID, "from=-%C3%A9&simplifiedPaging=true": a.ID, "from=%C3%A8luard": "",
		"log=pressed&from=alice": "", "log=pressed&to=0100&from=ann": a.ID, "log=pressed&startDate=2026-11-02": "",
	} {
		var got string
		for _, s := range decode[ListResponse[SessionInfo]](t, h.want(200, basic("manager@default.test"), "GET", "/sessions?"+query, "")).Items {
			got += s.Id
		}
		if got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}
