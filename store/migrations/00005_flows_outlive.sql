-- +goose Up
CREATE TABLE cookies (
	account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
	party TEXT NOT NULL,
	name TEXT NOT NULL,
	value TEXT NOT NULL,
	written BIGINT NOT NULL,
	expires BIGINT NOT NULL,
	PRIMARY KEY (account_id, party, name)
);
CREATE INDEX cookies_expires ON cookies (account_id, expires);

CREATE TABLE branches (
	id TEXT PRIMARY KEY,
	run TEXT NOT NULL,
	session_id TEXT NOT NULL,
	file_id TEXT NOT NULL,
	created BIGINT NOT NULL,
	tries INTEGER NOT NULL,
	body TEXT NOT NULL
);
CREATE INDEX branches_run ON branches (run);
