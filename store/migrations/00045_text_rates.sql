-- How many texts of a number, an account, to a range of numbers may leave, and which have had their turn.

-- +goose Up
CREATE TABLE text_rates (
	rate_key TEXT PRIMARY KEY,
	full_at BIGINT NOT NULL,
	every BIGINT NOT NULL
);
ALTER TABLE outbox ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
-- Those of a long text's first parts wait for nothing, and many long texts leave.
CREATE INDEX message_receipts_created ON message_receipts (created);

-- +goose Down
DROP INDEX message_receipts_created;
ALTER TABLE outbox DROP COLUMN turn;
DROP TABLE text_rates;
