package store

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"
)

// hitsPostgres finds ids of sessions that have the texts of t: by its parties or by its log.
func (s *Store) hitsPostgres(ctx context.Context, t texts, most int) (best *narrowed, err error) {
	if t.from+t.to != "" {
		rows, err := s.sampleParties(ctx)
		if err != nil {
			return nil, err
		}
		best = &narrowed{ids: []string{}}
		q := s.r.NewSelect().Model((*sessionRow)(nil)).Column("id").Limit(int64(most) + 1)
		s.hitParty(ctx, q, t.from, each(rows, (*indexed).from), "session_digits(s.from_address, s.from_name) @> ?",
			among{"from_address", each(rows, func(r *indexed) string { return r.FromAddress })}, among{"from_name", each(rows, func(r *indexed) string { return r.FromName })})
		s.hitParty(ctx, q, t.to, each(rows, (*indexed).to), "session_digits(s.to_address, s.destination) @> ?",
			among{"to_address", each(rows, func(r *indexed) string { return r.ToAddress })}, among{"destination", each(rows, func(r *indexed) string { return r.Destination })})
		if err := q.Scan(ctx, &best.ids); err != nil {
			return nil, err
		}
	}
	if t.log == "" {
		return best, nil
	}
	logs, err := s.sampleLogs(ctx)
	if err != nil || common(t.log, logs, t.first) {
		return best, err
	}
	n := &narrowed{ids: []string{}}
	q := s.r.NewSelect().Model((*logRow)(nil)).Column("session_id").Limit(int64(most) + 1) // distinct ones would be sorted before the first is given
	s.hitLog(ctx, q, t.log, logs)
	if err := q.Scan(ctx, &n.ids); err != nil {
		return nil, err
	}
	if best == nil || n.size() < best.size() {
		best = n
	}
	return best, nil
}

// among is a column, and what some rows have in it.
type among struct {
	column string
	sample []string
}

// hitParty keeps sessions that have a text in one of the columns. An index is asked for
// what is rare in it alone, what has that is compared: like asks the index of pieces, with a
// sample of its own.
func (s *Store) hitParty(ctx context.Context, q *bun.SelectQuery, text string, sample []string, like string, columns ...among) {
	if text == "" {
		return
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.column
	}
	s.compared(q, text, names...)
	if s.knowsDigits(ctx) && soonerByNumber(text, sample) {
		q.Where(like, "{"+strings.Join(rare(numberPieces(text), sample, readingPostgres), ",")+"}")
		return
	}
	q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		for _, c := range columns {
			q.WhereGroup(" OR ", func(q *bun.SelectQuery) *bun.SelectQuery {
				for _, w := range wordPieces(text, c.sample) {
					s.contains(q, w, c.column)
				}
				return q
			})
		}
		return q
	})
}

// hitLog does the same for logs.
func (s *Store) hitLog(ctx context.Context, q *bun.SelectQuery, text string, sample []string) {
	if s.knowsJoined(ctx) {
		q.Where("replace(l.messages, ' ', ?) ILIKE ?", joint, joinedPattern(text, sample))
	} else {
		for _, w := range wordPieces(text, sample) {
			s.contains(q, w, "messages")
		}
	}
	s.compared(q, text, "messages")
}

// wordPieces of a text are what an index of its words is asked for: of each word its rarest
// trigram, since the others mostly come with it and each has to be compared with all that is
// found; of numbers, whose digits don't follow from each other, more.
func wordPieces(text string, sample []string) []string {
	all := ofWords(text, sample)
	if len(all) == 0 {
		return []string{text}
	}
	return rare(all, sample, readingPostgres)
}

func ofWords(text string, sample []string) (all []string) {
	for _, word := range strings.FieldsFunc(text, noWord) {
		of := trigrams(word)
		if len(of) > 0 && strings.Trim(word, "0123456789") != "" {
			of = rare(of, sample, 0)
		}
		all = append(all, of...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// noWord tells whether the index may not have a character: what those are depends on
// the database's locale, but for these.
func noWord(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

// joint stands for the spaces in the index of logs. It is a letter: then trigrams go on from
// one word to the next, and words that are common tell something where they follow each other.
const joint = "z"

func joined(text string) string { return strings.ReplaceAll(text, " ", joint) }

// joinedPattern of a text is what the index of logs is asked for: wordPieces, and of the
// trigrams between words those that are rare. It is one pattern, which costs less to compare
// than one for each.
func joinedPattern(text string, sample []string) string {
	sample = slices.Clone(sample)
	for i, log := range sample {
		sample[i] = joined(log)
	}
	all := ofWords(text, sample)
	for _, t := range trigrams(text) {
		if j := joined(t); j != t && strings.IndexFunc(j, noWord) < 0 {
			all = append(all, j)
		}
	}
	if len(all) == 0 {
		return "%" + escapeLike.Replace(joined(text)) + "%"
	}
	slices.Sort(all)
	asked := rare(slices.Compact(all), sample, readingPostgres)
	whole := []rune(joined(text))
	pattern := []rune(strings.Repeat("_", len(whole))) // any characters
	for i := range len(whole) - trigram + 1 {
		if slices.Contains(asked, string(whole[i:i+trigram])) {
			copy(pattern[i:], whole[i:i+trigram])
		}
	}
	return "%" + strings.Trim(string(pattern), "_") + "%"
}
