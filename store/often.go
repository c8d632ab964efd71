package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// What every text, every answer and some of what every call asks of the database, the same words for both: a question
// mark is an argument. To parse so small a statement costs SQLite more than to do it, so it
// parses these once, when the database is opened. SQLite has one writer and locks no row.
const (
	chatWith      = "SELECT * FROM chats WHERE endpoint_id = ? AND other_address = ?" + forUpdate
	chatWithNow   = "SELECT * FROM chats WHERE endpoint_id = ? AND other_address = ?" + orNever
	chatByID      = "SELECT * FROM chats WHERE id = ?" + forUpdate
	endpointOf    = "SELECT id FROM endpoints WHERE id = ? AND account_id = ?"
	messageByKey  = "SELECT id, session_id FROM messages WHERE endpoint_id = ? AND channel = ? AND direction = ? AND message_key = ?"
	messageKnown  = "SELECT id, session_id FROM messages WHERE id = ?"
	messageByID   = "SELECT * FROM messages WHERE id = ?"
	messageWaits  = "SELECT * FROM messages WHERE chat_id = ? AND waits ORDER BY seq LIMIT ?"
	messageDone   = "UPDATE messages SET revision = revision + 1, waits = FALSE, modified = ?, error = CASE WHEN ? = '' THEN error ELSE ? END, session_id = CASE WHEN ? = '' THEN session_id ELSE ? END WHERE id = ? AND chat_id = ? AND waits"
	messageFollow = "UPDATE messages SET revision = revision + 1, state = ?, error = ?, modified = ? WHERE id = ? AND state = ?"
	messageRemote = "UPDATE messages SET revision = revision + 1, remote_id = ?, modified = ?, segments = CASE WHEN ? > 0 THEN ? ELSE segments END WHERE id = ? RETURNING endpoint_id, channel"
	// That an index is of rows with something in a column has to be said, for SQLite to use it.
	messageTheirs   = "SELECT id, state FROM messages WHERE remote_id = ? AND remote_id <> '' AND channel = ? AND direction = ? AND (? = '' OR endpoint_id = ?) ORDER BY created DESC LIMIT 1"
	receiptsOf      = "DELETE FROM message_receipts WHERE channel = ? AND remote_id = ? AND endpoint_id IN (?, '') RETURNING *"
	anyReceipt      = "SELECT 1 FROM message_receipts WHERE channel = ? LIMIT 1"
	roomsOfSession  = "SELECT id FROM chat_rooms WHERE account_id = ? AND session_id = ?"
	chatsOfSession  = "UPDATE chats SET revision = revision + 1, session_id = '', body = '', claim = '', claim_until = 0, due = CASE WHEN pending > 0 THEN CAST(? AS BIGINT) ELSE 0 END WHERE session_id = ? AND session_id <> ''"
	chatClaim       = "UPDATE chats SET tries = tries + 1, claim = ?, claim_node = ?, claim_run = ?, claim_until = ? WHERE id = ?"
	outboundClaim   = "UPDATE outbox SET state = ?, modified = ?, tries = ?, last_error = ?, claim = ?, claim_node = ?, claim_run = ?, claim_until = ? WHERE id = ?"
	outboundSettled = "UPDATE outbox SET modified = ?, claim = '', state = ?, sent = ?, last_error = ?, body = CASE WHEN secret THEN '' ELSE body END WHERE id = ? AND claim = ? AND state = ?"
	outboundLater   = "UPDATE outbox SET modified = ?, claim = '', state = ?, next_try = ?, last_error = ? WHERE id = ? AND claim = ? AND state = ?"
	outboundMessage = "SELECT message_id FROM outbox WHERE id = ? AND message_id <> ''"
	outboundTurn    = "UPDATE outbox SET turn = ? WHERE id = ?"
	// That nothing changes is what holds the row, also one that was not there.
	textRate     = "INSERT INTO text_rates (rate_key, full_at, every) VALUES (?, ?, ?) ON CONFLICT (rate_key) DO UPDATE SET full_at = text_rates.full_at RETURNING full_at, every"
	textRateThen = "UPDATE text_rates SET full_at = ?, every = ? WHERE rate_key = ?"
	// In a lane only the first of its channel that hasn't left may leave.
	firstOfLane    = " AND (lane = '' OR NOT EXISTS (SELECT 1 FROM outbox AS e WHERE e.lane = o.lane AND e.lane <> '' AND e.channel = o.channel AND e.lane_seq < o.lane_seq AND e.state IN ('queued', 'sending')))"
	ofChannels     = " AND ? LIKE '% ' || channel || ' %'"
	outboundLeft   = "SELECT * FROM outbox AS o WHERE state = 'sending' AND (claim_until <= ? OR claim_node = ? AND claim_run <> ?)" + ofChannels + firstOfLane + " ORDER BY next_try, id LIMIT ?" + skipTaken
	outboundQueued = "SELECT * FROM outbox AS o WHERE state = 'queued' AND next_try <= ?" + ofChannels + firstOfLane + " ORDER BY next_try, id LIMIT ?" + skipTaken

	forUpdate, skipTaken, orNever = " FOR UPDATE", " FOR UPDATE SKIP LOCKED", " FOR UPDATE NOWAIT"
)

// Those that are asked without a transaction.
const (
	anyOutboundLeft   = "SELECT 1 FROM outbox AS o WHERE state = 'sending' AND (claim_until <= ? OR claim_node = ? AND claim_run <> ?)" + ofChannels + firstOfLane + " LIMIT 1"
	anyOutboundQueued = "SELECT 1 FROM outbox AS o WHERE state = 'queued' AND next_try <= ?" + ofChannels + firstOfLane + " LIMIT 1"
	anyTextStop       = "SELECT 1 FROM text_stops WHERE endpoint_id = ? AND address = ?"
	anyEndpointNumber = "SELECT id FROM endpoints WHERE number = ? AND number <> ''"
	flowHead          = "SELECT account_id, coalesce(customer_id, ''), name, version, revision FROM flows WHERE id = ?"
	anyChatDue        = "SELECT 1 FROM chats WHERE due > 0 AND due <= ? AND (claim_until <= ? OR claim_node = ? AND claim_run <> ?) LIMIT 1"
	firstChatFree     = "SELECT due FROM chats WHERE due > 0 AND claim_until <= due ORDER BY due LIMIT 1"
	firstChatTaken    = "SELECT coalesce(min(claim_until), 0) FROM chats WHERE due > 0 AND due <= ? AND claim_until > due"
)

var (
	oftenInTx = []string{
		chatWith, chatWithNow, chatByID, endpointOf, messageByKey, messageKnown, messageByID, messageWaits, messageDone, messageFollow, messageRemote, messageTheirs, receiptsOf, anyReceipt,
		roomsOfSession, chatsOfSession, chatClaim, outboundClaim, outboundSettled, outboundLater, outboundMessage, outboundLeft, outboundQueued, outboundTurn, textRate, textRateThen,
	}
	oftenAlone = []string{anyOutboundLeft, anyOutboundQueued, anyTextStop, anyEndpointNumber, flowHead, anyChatDue, firstChatFree, firstChatTaken}
)

// often is what such a statement is on this database.
type often struct {
	text string
	stmt *sql.Stmt // SQLite's
}

// prepareOften makes ready what is asked often.
func (s *Store) prepareOften(ctx context.Context) error {
	s.often = map[string]often{}
	for _, all := range []struct {
		db   *bun.DB
		text []string
	}{{s.w, oftenInTx}, {s.r, oftenAlone}} {
		for _, text := range all.text {
			if s.w.Dialect().Name() == dialect.PG {
				s.often[text] = often{text: numbered(text)}
				continue
			}
			stmt, err := all.db.DB.PrepareContext(ctx, unlocked(text))
			if err != nil {
				return fmt.Errorf("prepare %q: %w", text, err)
			}
			s.often[text] = often{stmt: stmt}
		}
	}
	return nil
}

// numbered writes arguments as PostgreSQL does.
func numbered(text string) string {
	parts := strings.Split(text, "?")
	for i := 1; i < len(parts); i++ {
		parts[i] = "$" + strconv.Itoa(i) + parts[i]
	}
	return strings.Join(parts, "")
}

func unlocked(text string) string {
	return strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(text, skipTaken), orNever), forUpdate)
}

// exec does one of oftenInTx, and tells how many rows it changed.
func (s *Store) exec(ctx context.Context, tx bun.Tx, query string, args ...any) (int64, error) {
	kept(args)
	var res sql.Result
	var err error
	if q := s.often[query]; q.stmt == nil {
		res, err = tx.Tx.ExecContext(ctx, q.text, args...)
	} else {
		ctx = context.WithoutCancel(ctx) // one that can end costs a goroutine; nothing here waits
		stmt := tx.StmtContext(ctx, q.stmt)
		res, err = stmt.ExecContext(ctx, args...)
		err = errors.Join(err, stmt.Close())
	}
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// read reads the rows of one of oftenInTx into dest, as Scan of bun does.
func (s *Store) read(ctx context.Context, tx bun.Tx, dest any, query string, args ...any) error {
	kept(args)
	q := s.often[query]
	if q.stmt == nil {
		rows, err := tx.Tx.QueryContext(ctx, q.text, args...)
		if err != nil {
			return err
		}
		return s.w.ScanRows(ctx, rows, dest)
	}
	ctx = context.WithoutCancel(ctx)
	stmt := tx.StmtContext(ctx, q.stmt)
	rows, err := stmt.QueryContext(ctx, args...)
	if err == nil {
		err = s.w.ScanRows(ctx, rows, dest)
	}
	return errors.Join(err, stmt.Close())
}

// look is read of one of oftenAlone.
func (s *Store) look(ctx context.Context, dest any, query string, args ...any) error {
	kept(args)
	var rows *sql.Rows
	var err error
	if q := s.often[query]; q.stmt == nil {
		rows, err = s.r.DB.QueryContext(ctx, q.text, args...)
	} else if err = ctx.Err(); err == nil {
		rows, err = q.stmt.QueryContext(context.WithoutCancel(ctx), args...)
	}
	if err != nil {
		return err
	}
	return s.r.ScanRows(ctx, rows, dest)
}

// has tells whether one of oftenAlone finds something.
func (s *Store) has(ctx context.Context, query string, args ...any) (bool, error) {
	var found []string
	err := s.look(ctx, &found, query, args...)
	return len(found) > 0, err
}

// row reads the one row of one of oftenAlone into these; sql.ErrNoRows.
func (s *Store) row(ctx context.Context, query, key string, into ...any) error {
	if q := s.often[query]; q.stmt == nil {
		return s.r.DB.QueryRowContext(ctx, q.text, tidy(key)).Scan(into...)
	} else if err := ctx.Err(); err != nil {
		return err
	} else {
		return q.stmt.QueryRowContext(context.WithoutCancel(ctx), tidy(key)).Scan(into...)
	}
}

// kept makes arguments what both databases can keep.
func kept(args []any) {
	for i, a := range args {
		if text, ok := a.(string); ok {
			args[i] = tidy(text)
		}
	}
}
