-- What a person's own calls and files are found by, and who is logged in.

-- +goose Up
CREATE INDEX sessions_endpoint ON sessions (endpoint_id, started) WHERE endpoint_id <> '';
CREATE INDEX legs_endpoint ON legs (endpoint_id) WHERE endpoint_id <> '';
CREATE INDEX files_user ON files (user_id, created) WHERE user_id <> '';

-- Logins that cookies stand for; token is a SHA-256 of the cookie, in hex.
CREATE TABLE web_sessions (
	token       TEXT PRIMARY KEY,
	login_id    TEXT NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
	fingerprint TEXT NOT NULL,
	life        BIGINT NOT NULL,
	used        BIGINT NOT NULL
);
CREATE INDEX web_sessions_login ON web_sessions (login_id);
CREATE INDEX web_sessions_used ON web_sessions (used);

-- +goose Down
DROP TABLE web_sessions;
DROP INDEX files_user;
DROP INDEX legs_endpoint;
DROP INDEX sessions_endpoint;
