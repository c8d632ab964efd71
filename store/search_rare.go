package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
)

const (
	// maxTrigrams of a text are asked for: a few make what is found few enough to read.
	maxTrigrams = 12
	// sampled sessions tell how common a trigram is.
	sampled = 600
	// readingSQLite and readingPostgres are how many entries of the index can be read
	// while one session is.
	readingSQLite, readingPostgres = 40, 200
)

// trigrams of text, each once, as the index has them.
func trigrams(text string) []string {
	runes := []rune(tidy(text))
	var all []string
	for i := range len(runes) - trigram + 1 {
		all = append(all, string(runes[i:i+trigram]))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// rare are those of trigrams by which an index finds soonest the sessions that can have
// all of them: the rarest, and of the others those that leave less to read than they
// take. All calls to one number have most of its trigrams; to go through those takes longer
// than all the rest.
func rare(trigrams, sample []string, readingRow float64) []string {
	type known struct {
		text  string
		share float64 // of all sessions
	}
	all := make([]known, len(trigrams))
	for i, t := range trigrams {
		all[i] = known{t, float64(countHaving(sample, t)+1) / float64(len(sample)+1)}
	}
	slices.SortStableFunc(all, func(a, b known) int { return cmp.Compare(a.share, b.share) })
	var out []string
	left := 1.0
	for i, k := range all {
		if i > 0 && (len(out) == maxTrigrams || k.share > left*(1-k.share)*readingRow) {
			break
		}
		out, left = append(out, k.text), left*k.share
	}
	return out
}

// common tells whether one in ten of a sample has a text; where the first are enough, whether
// as many have it as are soon met.
func common(text string, sample []string, first bool) bool {
	n := countHaving(sample, tidy(text))
	return n > 4 && (first || n*10 >= len(sample))
}

// countHaving says how many of a sample have a text in them.
func countHaving(sample []string, text string) (n int) {
	low := strings.ToLower(text)
	for _, s := range sample {
		if strings.Contains(s, low) {
			n++
		}
	}
	return n
}

// matching is a query of FTS5 for rows whose column, or only one, has trigrams.
func matching(column string, trigrams []string) string {
	terms := make([]string, len(trigrams))
	for i, t := range trigrams {
		terms[i] = `"` + strings.ReplaceAll(t, `"`, `""`) + `"`
	}
	query := strings.Join(terms, " AND ")
	if column != "" {
		query = column + " : (" + query + ")"
	}
	return query
}

// sampleParties are the parties of the newest sessions, in small letters.
func (s *Store) sampleParties(ctx context.Context) (rows []*indexed, err error) {
	q := s.r.NewSelect().Model((*sessionRow)(nil)).Column("from_address", "from_name", "to_address", "destination").OrderExpr("s.started DESC").Limit(sampled)
	err = s.by(q, "sessions_started").Scan(ctx, &rows)
	for _, r := range rows {
		for _, text := range []*string{&r.FromAddress, &r.FromName, &r.ToAddress, &r.Destination} {
			*text = strings.ToLower(*text)
		}
	}
	return rows, err
}

// each gives a text of every one.
func each(rows []*indexed, text func(*indexed) string) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = text(r)
	}
	return out
}

// sampleLogs are the logs of the newest sessions, or their beginnings, in small letters.
func (s *Store) sampleLogs(ctx context.Context) (logs []string, err error) {
	newest := s.r.NewSelect().Model((*sessionRow)(nil)).Column("id").OrderExpr("s.started DESC").Limit(sampled)
	var rows []*logRow
	err = s.r.NewSelect().Model(&rows).Column("session_id").ColumnExpr("substr(l.messages, 1, ?) AS messages", sampledLog).
		Where("l.session_id IN (?)", s.by(newest, "sessions_started")).Limit(4 * sampled).Scan(ctx)
	one := map[string]string{}
	for _, r := range rows {
		one[r.SessionID] += strings.ToLower(r.Messages) + "\n"
	}
	return slices.Collect(maps.Values(one)), err
}

// sampledLog bounds what is looked at of a log.
const sampledLog = 4_096
