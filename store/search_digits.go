package store

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

const (
	// pieceDigits is how many digits of a number are found together by the index of pieces.
	pieceDigits = 5
	// filledAtOnce bounds how long the writers of calls wait while that index is filled.
	filledAtOnce = 200
	// digitsLeft is the fact that tells up to which number calls are still to be put there.
	digitsLeft = "search.digits"
)

// numberPieces are the strings of five digits in texts, each once. Trigrams tell little
// of numbers: a thousand of them are in all numbers there are.
func numberPieces(texts ...string) []string {
	var all []string
	for _, text := range texts {
		for _, run := range strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }) {
			for i := range len(run) - pieceDigits + 1 {
				all = append(all, run[i:i+pieceDigits])
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// soonerByNumber tells whether a text is rather found by the pieces of its numbers than
// by its trigrams.
func soonerByNumber(text string, sample []string) bool {
	pieces := numberPieces(text)
	return len(pieces) > 0 && countHaving(sample, rare(pieces, sample, 0)[0]) <= countHaving(sample, rare(trigrams(text), sample, 0)[0])
}

// knowsDigits tells whether the index of pieces has all calls by now.
func (s *Store) knowsDigits(ctx context.Context) bool {
	if s.digits.Load() {
		return true
	}
	if s.w.Dialect().Name() == dialect.PG {
		there, err := hasIndexes(ctx, s.r, fromDigits, toDigits)
		s.digits.Store(there && err == nil)
	} else {
		left, err := s.Meta(ctx, digitsLeft)
		s.digits.Store(err == nil && left == "0")
	}
	return s.digits.Load()
}

// fillDigits puts calls into SQLite's index of pieces that were in the index of
// trigrams before there was this one, the newest first and some of them. It says whether
// there are more.
func (s *Store) fillDigits(ctx context.Context) (more bool, err error) {
	if s.digits.Load() {
		return false, nil
	}
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		kept, err := meta(ctx, tx, digitsLeft)
		if errors.Is(err, fs.ErrNotExist) {
			kept, err = "0", nil
		}
		if err != nil {
			return err
		}
		left, err := strconv.ParseInt(kept, 10, 64)
		if err != nil || left == 0 {
			return err
		}
		var rows []indexed // those that have changed come by indexSessions
		err = tx.NewSelect().TableExpr("sessions INDEXED BY sessions_search").Column("search", "from_address", "from_name", "to_address", "destination").
			Where("search > 0 AND search <= ?", left).OrderExpr("search DESC").Limit(filledAtOnce).Scan(ctx, &rows)
		if err != nil {
			return err
		}
		left = 0
		slices.Reverse(rows) // FTS5 takes them together as long as numbers go up
		if len(rows) > 0 {
			left = rows[0].Search - 1
		}
		for _, r := range rows {
			if _, err := tx.NewRaw("DELETE FROM session_digits WHERE rowid = ?", r.Search).Exec(ctx); err != nil { // it has changed since
				return err
			}
			if err := indexDigits(ctx, tx, r.Search, r); err != nil {
				return err
			}
		}
		more = left > 0
		_, err = tx.NewRaw("UPDATE meta SET value = ? WHERE name = ?", strconv.FormatInt(left, 10), digitsLeft).Exec(ctx)
		return err
	})
	return more, err
}

// indexDigits puts the numbers of one call into SQLite's index of pieces, which has
// each piece as a word.
func indexDigits(ctx context.Context, tx bun.Tx, number int64, r indexed) error {
	from, to := numberPieces(r.from()), numberPieces(r.to())
	if len(from)+len(to) == 0 {
		return nil
	}
	_, err := tx.NewRaw("INSERT INTO session_digits (rowid, from_text, to_text) VALUES (?, ?, ?)", number, strings.Join(from, " "), strings.Join(to, " ")).Exec(ctx)
	return err
}
