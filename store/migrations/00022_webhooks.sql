-- Where an account's events are sent to.

-- +goose Up
CREATE TABLE webhooks (
	id TEXT PRIMARY KEY,
	created BIGINT NOT NULL,
	modified BIGINT NOT NULL,
	created_by TEXT NOT NULL,
	modified_by TEXT NOT NULL,
	revision BIGINT NOT NULL DEFAULT 1,
	account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
	name TEXT NOT NULL,
	url TEXT NOT NULL,
	events TEXT NOT NULL,
	secret TEXT NOT NULL,
	disabled BOOLEAN NOT NULL
);
CREATE INDEX webhooks_account ON webhooks (account_id);
CREATE INDEX outbox_from ON outbox (from_address, created);

-- +goose Down
DROP INDEX outbox_from;
DROP TABLE webhooks;
