-- What a login may see and change beside its roles, and API keys.

-- +goose Up
ALTER TABLE logins ADD COLUMN manager_access TEXT NOT NULL DEFAULT '';
ALTER TABLE logins ADD COLUMN dashboard_permissions TEXT NOT NULL DEFAULT '';
-- No foreign key: with its last customer gone, a login sees nothing, not all.
ALTER TABLE logins ADD COLUMN customer_ids TEXT NOT NULL DEFAULT '';

CREATE TABLE api_keys (
	id          TEXT PRIMARY KEY,
	created     BIGINT NOT NULL,
	modified    BIGINT NOT NULL,
	created_by  TEXT NOT NULL,
	modified_by TEXT NOT NULL,
	name        TEXT NOT NULL,
	prefix      TEXT NOT NULL,
	hash        TEXT NOT NULL,
	login_id    TEXT NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
	account_ids TEXT NOT NULL,
	scopes      TEXT NOT NULL,
	expires     BIGINT NOT NULL,
	last_used   BIGINT NOT NULL,
	last_ip     TEXT NOT NULL
);
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);
CREATE INDEX api_keys_login ON api_keys (login_id);

-- +goose Down
DROP TABLE api_keys;
ALTER TABLE logins DROP COLUMN customer_ids;
ALTER TABLE logins DROP COLUMN dashboard_permissions;
ALTER TABLE logins DROP COLUMN manager_access;
