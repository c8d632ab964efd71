-- Who changed what, from where. History: no foreign keys, so that it outlives
-- what it tells of.

-- +goose Up
CREATE TABLE log_entries (
	id           TEXT PRIMARY KEY,
	created      BIGINT NOT NULL,
	account_id   TEXT NOT NULL,
	customer_id  TEXT NOT NULL,
	user_name    TEXT NOT NULL,
	api_key_name TEXT NOT NULL,
	operation    TEXT NOT NULL,
	entity_id    TEXT NOT NULL,
	description  TEXT NOT NULL,
	ip_address   TEXT NOT NULL
);
CREATE INDEX log_entries_created ON log_entries (created);
CREATE INDEX log_entries_account ON log_entries (account_id, created);

-- +goose Down
DROP TABLE log_entries;
