package store

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun/dialect"
)

// searchVersion is the step of the schema that search began with, searchedVersion
// that which let what the index finds be compared without its rows.
const searchVersion, searchedVersion = 24, 40

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

// searchMigrations are the steps that differ between the databases: PostgreSQL's
// own index of trigrams is made by openTrigrams, since it may come later.
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
	if sqlite {
		wider = []string{`DROP INDEX sessions_search`, `CREATE INDEX sessions_search ON sessions (search, started, account_id, from_address, from_name, to_address, destination)`}
		narrower = []string{`DROP INDEX sessions_search`, `CREATE INDEX sessions_search ON sessions (search)`}
	}
	return []*goose.Migration{
		goose.NewGoMigration(searchVersion, inOne(steps), inOne(undo)),
		goose.NewGoMigration(searchedVersion, inOne(wider), inOne(narrower)),
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
