-- Requests that carry an idempotency key: what they asked for and what they
-- were answered, for a day. Sealed, because an answer may show a password.

-- +goose Up
CREATE TABLE repeats (
	login_id   TEXT NOT NULL,
	name       TEXT NOT NULL,
	created    BIGINT NOT NULL,
	size       BIGINT NOT NULL,
	state      TEXT NOT NULL,
	node       TEXT NOT NULL,
	run        TEXT NOT NULL,
	session_id TEXT NOT NULL,
	asked      TEXT NOT NULL,
	answer     TEXT NOT NULL,
	PRIMARY KEY (login_id, name)
);
CREATE INDEX repeats_created ON repeats (created);
CREATE INDEX repeats_size ON repeats (login_id, size);

-- +goose Down
DROP TABLE repeats;
