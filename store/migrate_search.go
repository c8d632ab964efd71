package store

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun/dialect"
)

// searchVersion is the step of the schema that search began with, searchedVersion
// that which let what the index finds be compared without its rows, digitsVersion that
// which brought pieces of numbers.
const searchVersion, searchedVersion, digitsVersion = 24, 40, 41

// listIndexes are what the filters of lists walk: the rows of one value in the order
// of time, so that a page costs as much as its rows.
var listIndexes = []string{
	`CREATE INDEX sessions_customer ON sessions (customer_id, started) WHERE customer_id <> ''`,
	`CREATE INDEX sessions_flow ON sessions (flow_id, started) WHERE flow_id <> ''`,
}

// sqliteSearch is an index of all strings of three characters: which sessions have
// them. It holds no text; what it finds is read and compared. sessions.search is a
// row's number in it: 0 for one that isn't there yet, negative for one that has
// changed since. Triggers keep that true whoever writes; search_index.go follows.
var sqliteSearch = []string{
	`ALTER TABLE sessions ADD COLUMN search BIGINT NOT NULL DEFAULT 0`,
	`CREATE INDEX sessions_search ON sessions (search)`,
	`CREATE VIRTUAL TABLE session_parties USING fts5 (from_text, to_text, tokenize = 'trigram', content = '', contentless_delete = 1, detail = column)`,
	`CREATE VIRTUAL TABLE session_words USING fts5 (log, tokenize = 'trigram', content = '', contentless_delete = 1, detail = none)`,
	`CREATE TRIGGER sessions_renamed AFTER UPDATE OF from_address, from_name, to_address, destination ON sessions
		WHEN old.search > 0 AND new.search = old.search
			AND (old.from_address <> new.from_address OR old.from_name <> new.from_name OR old.to_address <> new.to_address OR old.destination <> new.destination)
		BEGIN UPDATE sessions SET search = -search WHERE id = new.id; END`,
	`CREATE TRIGGER session_log_added AFTER INSERT ON session_log
		BEGIN UPDATE sessions SET search = -search WHERE id = new.session_id AND search > 0; END`,
	`CREATE TRIGGER session_log_changed AFTER UPDATE ON session_log
		BEGIN UPDATE sessions SET search = -search WHERE id = new.session_id AND search > 0; END`,
	`CREATE TRIGGER session_log_removed AFTER DELETE ON session_log
		BEGIN UPDATE sessions SET search = -search WHERE id = old.session_id AND search > 0; END`,
	`CREATE TRIGGER sessions_removed AFTER DELETE ON sessions WHEN old.search <> 0
		BEGIN
			DELETE FROM session_parties WHERE rowid = abs(old.search);
			DELETE FROM session_words WHERE rowid = abs(old.search);
		END`,
}

// sqliteDigits is an index of all strings of five digits, with the same row numbers.
// What is in the other by now follows behind the calls (fillDigits).
var sqliteDigits = []string{
	`CREATE VIRTUAL TABLE session_digits USING fts5 (from_text, to_text, tokenize = 'ascii', content = '', contentless_delete = 1, detail = column)`,
	`CREATE TRIGGER sessions_digits_removed AFTER DELETE ON sessions WHEN old.search <> 0
		BEGIN DELETE FROM session_digits WHERE rowid = abs(old.search); END`,
	`INSERT INTO meta (name, value) SELECT 'search.digits', coalesce(max(search), 0) FROM sessions`,
}

// postgresDigits gives the same strings to an index of PostgreSQL, which openSearches makes.
var postgresDigits = []string{
	`CREATE FUNCTION session_digits(a text, b text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
	DECLARE
		run text;
		pieces text[] := '{}';
	BEGIN
		FOREACH run IN ARRAY regexp_split_to_array(a || ' ' || b, '[^0-9]+') LOOP
			FOR i IN 1 .. length(run) - 4 LOOP
				pieces := pieces || substr(run, i, 5);
			END LOOP;
		END LOOP;
		RETURN pieces;
	END $$`,
}

// searchMigrations are the steps that differ between the databases: PostgreSQL's
// own indexes for searches are made by openSearches, since they may come later.
func (s *Store) searchMigrations() []*goose.Migration {
	sqlite := s.w.Dialect().Name() != dialect.PG
	steps := listIndexes
	undo := []string{`DROP INDEX sessions_flow`, `DROP INDEX sessions_customer`}
	if sqlite {
		steps = append(append([]string{}, steps...), sqliteSearch...)
		for _, name := range []string{"sessions_renamed", "session_log_added", "session_log_changed", "session_log_removed", "sessions_removed"} {
			undo = append(undo, `DROP TRIGGER `+name)
		}
		undo = append(undo, `DROP TABLE session_parties`, `DROP TABLE session_words`, `DROP INDEX sessions_search`, `ALTER TABLE sessions DROP COLUMN search`)
	}
	var wider, narrower []string
	digits, noDigits := postgresDigits, []string{`DROP INDEX IF EXISTS sessions_from_digits`, `DROP INDEX IF EXISTS sessions_to_digits`, `DROP FUNCTION session_digits(text, text)`}
	if sqlite {
		wider = []string{`DROP INDEX sessions_search`, `CREATE INDEX sessions_search ON sessions (search, started, account_id, from_address, from_name, to_address, destination)`}
		narrower = []string{`DROP INDEX sessions_search`, `CREATE INDEX sessions_search ON sessions (search)`}
		digits, noDigits = sqliteDigits, []string{`DROP TRIGGER sessions_digits_removed`, `DROP TABLE session_digits`, `DELETE FROM meta WHERE name = 'search.digits'`}
	}
	return []*goose.Migration{
		goose.NewGoMigration(searchVersion, inOne(steps), inOne(undo)),
		goose.NewGoMigration(searchedVersion, inOne(wider), inOne(narrower)),
		goose.NewGoMigration(digitsVersion, inOne(digits), inOne(noDigits)),
	}
}

// inOne runs steps in one transaction.
func inOne(steps []string) *goose.GoFunc {
	return &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		for _, step := range steps {
			if _, err := tx.ExecContext(ctx, step); err != nil {
				return err
			}
		}
		return nil
	}}
}
