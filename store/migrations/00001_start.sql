-- One text for SQLite and PostgreSQL. Times are microseconds since 1970, UTC;
-- 0 is never. Structures are JSON as text, kept byte for byte.

-- +goose Up
CREATE TABLE meta (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
);

CREATE TABLE accounts (
	id          TEXT PRIMARY KEY,
	created     BIGINT NOT NULL,
	modified    BIGINT NOT NULL,
	created_by  TEXT NOT NULL,
	modified_by TEXT NOT NULL,
	name        TEXT NOT NULL
);

CREATE TABLE settings (
	account_id TEXT PRIMARY KEY REFERENCES accounts (id),
	body       TEXT NOT NULL
);

CREATE TABLE customers (
	id           TEXT PRIMARY KEY,
	created      BIGINT NOT NULL,
	modified     BIGINT NOT NULL,
	created_by   TEXT NOT NULL,
	modified_by  TEXT NOT NULL,
	account_id   TEXT NOT NULL REFERENCES accounts (id),
	parent_id    TEXT REFERENCES customers (id),
	name         TEXT NOT NULL,
	reference_id TEXT NOT NULL,
	data         TEXT NOT NULL
);
CREATE INDEX customers_account ON customers (account_id, created);
CREATE INDEX customers_parent ON customers (parent_id);

CREATE TABLE flows (
	id          TEXT PRIMARY KEY,
	created     BIGINT NOT NULL,
	modified    BIGINT NOT NULL,
	created_by  TEXT NOT NULL,
	modified_by TEXT NOT NULL,
	account_id  TEXT NOT NULL REFERENCES accounts (id),
	customer_id TEXT REFERENCES customers (id),
	version     BIGINT NOT NULL,
	name        TEXT NOT NULL
);
CREATE INDEX flows_account ON flows (account_id, created);

-- Never changed, and kept when the flow goes: a running session, a stored
-- branch and the record of an old call name the version that they ran.
CREATE TABLE flow_versions (
	flow_id     TEXT NOT NULL,
	version     BIGINT NOT NULL,
	saved       BIGINT NOT NULL,
	saved_by    TEXT NOT NULL,
	account_id  TEXT NOT NULL,
	customer_id TEXT NOT NULL,
	name        TEXT NOT NULL,
	description TEXT NOT NULL,
	notes       TEXT NOT NULL,
	roles       TEXT NOT NULL,
	nodes       TEXT NOT NULL,
	parameters  TEXT NOT NULL,
	exits       TEXT NOT NULL,
	ui          TEXT NOT NULL,
	PRIMARY KEY (flow_id, version)
);

CREATE TABLE endpoints (
	id            TEXT PRIMARY KEY,
	created       BIGINT NOT NULL,
	modified      BIGINT NOT NULL,
	created_by    TEXT NOT NULL,
	modified_by   TEXT NOT NULL,
	account_id    TEXT NOT NULL REFERENCES accounts (id),
	customer_id   TEXT REFERENCES customers (id),
	reference_id  TEXT NOT NULL,
	kind          TEXT NOT NULL,
	display_name  TEXT NOT NULL,
	flow_id       TEXT REFERENCES flows (id),
	flow_params   TEXT NOT NULL,
	data          TEXT NOT NULL,
	number        TEXT NOT NULL,
	is_virtual    BOOLEAN NOT NULL,
	first_name    TEXT NOT NULL,
	last_name     TEXT NOT NULL,
	email_address TEXT NOT NULL,
	user_mode     TEXT NOT NULL,
	sip_user_name TEXT NOT NULL,
	trunk         TEXT NOT NULL,
	secrets       TEXT NOT NULL
);
CREATE INDEX endpoints_account ON endpoints (account_id, created);
CREATE INDEX endpoints_flow ON endpoints (flow_id);
CREATE INDEX endpoints_customer ON endpoints (customer_id);
CREATE INDEX endpoints_kind ON endpoints (kind);
CREATE UNIQUE INDEX endpoints_number ON endpoints (number) WHERE number <> '';
CREATE UNIQUE INDEX endpoints_sip_user_name ON endpoints (sip_user_name) WHERE sip_user_name <> '';

CREATE TABLE logins (
	id            TEXT PRIMARY KEY,
	created       BIGINT NOT NULL,
	modified      BIGINT NOT NULL,
	created_by    TEXT NOT NULL,
	modified_by   TEXT NOT NULL,
	email_address TEXT NOT NULL,
	first_name    TEXT NOT NULL,
	last_name     TEXT NOT NULL,
	password_hash TEXT NOT NULL,
	roles         TEXT NOT NULL,
	endpoint_id   TEXT NOT NULL
);
CREATE UNIQUE INDEX logins_email_address ON logins (email_address);
CREATE INDEX logins_endpoint ON logins (endpoint_id) WHERE endpoint_id <> '';

CREATE TABLE login_accounts (
	login_id   TEXT NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
	account_id TEXT NOT NULL REFERENCES accounts (id),
	PRIMARY KEY (login_id, account_id)
);
CREATE INDEX login_accounts_account ON login_accounts (account_id);

CREATE TABLE files (
	id                 TEXT PRIMARY KEY,
	created            BIGINT NOT NULL,
	modified           BIGINT NOT NULL,
	created_by         TEXT NOT NULL,
	modified_by        TEXT NOT NULL,
	account_id         TEXT NOT NULL REFERENCES accounts (id),
	customer_id        TEXT NOT NULL,
	user_id            TEXT NOT NULL,
	session_id         TEXT NOT NULL,
	type               TEXT NOT NULL,
	file_name          TEXT NOT NULL,
	content_type       TEXT NOT NULL,
	content_length     BIGINT NOT NULL,
	recording_duration BIGINT NOT NULL,
	recording_from     TEXT NOT NULL,
	from_address       TEXT NOT NULL,
	to_address         TEXT NOT NULL
);
CREATE INDEX files_account ON files (account_id, created);
CREATE INDEX files_session ON files (session_id) WHERE session_id <> '';

-- A run is one life of a server process. What a dead run left open ends at its
-- last heartbeat.
CREATE TABLE runs (
	id        TEXT PRIMARY KEY,
	node      TEXT NOT NULL,
	heartbeat BIGINT NOT NULL
);

-- History: no foreign keys, so that it outlives what it tells of.
CREATE TABLE sessions (
	id               TEXT PRIMARY KEY,
	run              TEXT NOT NULL,
	touched          BIGINT NOT NULL,
	account_id       TEXT NOT NULL,
	customer_id      TEXT NOT NULL,
	customer_name    TEXT NOT NULL,
	endpoint_id      TEXT NOT NULL,
	endpoint_name    TEXT NOT NULL,
	flow_id          TEXT NOT NULL,
	flow_name        TEXT NOT NULL,
	flow_version     BIGINT NOT NULL,
	parent_id        TEXT NOT NULL,
	channel          TEXT NOT NULL,
	direction        TEXT NOT NULL,
	call_state       TEXT NOT NULL,
	from_address     TEXT NOT NULL,
	from_name        TEXT NOT NULL,
	to_address       TEXT NOT NULL,
	destination      TEXT NOT NULL,
	answered_by_name TEXT NOT NULL,
	outcome          TEXT NOT NULL,
	console_data     TEXT NOT NULL,
	sip_call_id      TEXT NOT NULL,
	started          BIGINT NOT NULL,
	answered         BIGINT NOT NULL,
	ended            BIGINT NOT NULL,
	was_missed       BOOLEAN NOT NULL,
	created_by       TEXT NOT NULL
);
CREATE INDEX sessions_started ON sessions (started);
CREATE INDEX sessions_account ON sessions (account_id, started);
CREATE INDEX sessions_live ON sessions (run) WHERE ended = 0;
CREATE INDEX sessions_parent ON sessions (parent_id) WHERE parent_id <> '';

CREATE TABLE legs (
	session_id  TEXT NOT NULL,
	id          TEXT NOT NULL,
	direction   TEXT NOT NULL,
	endpoint_id TEXT NOT NULL,
	from_party  TEXT NOT NULL,
	to_party    TEXT NOT NULL,
	sip_call_id TEXT NOT NULL,
	sip_code    BIGINT NOT NULL,
	cause       TEXT NOT NULL,
	started     BIGINT NOT NULL,
	answered    BIGINT NOT NULL,
	ended       BIGINT NOT NULL,
	codec       TEXT NOT NULL,
	quality     TEXT NOT NULL,
	PRIMARY KEY (session_id, id)
);

-- Lines that were saved together: their messages one a line, their times
-- (nanoseconds) one a word. A chunk is known by its first line, so that saving
-- it twice, after an answer that was lost, keeps it once.
CREATE TABLE session_log (
	session_id TEXT NOT NULL,
	at         BIGINT NOT NULL,
	mark       BIGINT NOT NULL,
	times      TEXT NOT NULL,
	messages   TEXT NOT NULL,
	PRIMARY KEY (session_id, at, mark)
);

CREATE TABLE bindings (
	sip_user  TEXT NOT NULL,
	contact   TEXT NOT NULL,
	expires   BIGINT NOT NULL,
	body      TEXT NOT NULL,
	PRIMARY KEY (sip_user, contact)
);

-- +goose Down
DROP TABLE bindings;
DROP TABLE session_log;
DROP TABLE legs;
DROP TABLE sessions;
DROP TABLE runs;
DROP TABLE files;
DROP TABLE login_accounts;
DROP TABLE logins;
DROP TABLE endpoints;
DROP TABLE flow_versions;
DROP TABLE flows;
DROP TABLE customers;
DROP TABLE settings;
DROP TABLE accounts;
DROP TABLE meta;
