-- Spreadsheets that are made in the background; their bytes are in the blob store.

-- +goose Up
CREATE TABLE reports (
	id TEXT PRIMARY KEY,
	created BIGINT NOT NULL,
	modified BIGINT NOT NULL,
	created_by TEXT NOT NULL,
	modified_by TEXT NOT NULL,
	account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
	customer_id TEXT NOT NULL,
	kind TEXT NOT NULL,
	status TEXT NOT NULL,
	message TEXT NOT NULL,
	server TEXT NOT NULL,
	wanted TEXT NOT NULL
);
CREATE INDEX reports_account ON reports (account_id, created);
CREATE INDEX reports_status ON reports (server, status, created);

-- +goose Down
DROP TABLE reports;
