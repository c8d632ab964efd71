-- Messages on their way out, of all channels.

-- +goose Up
CREATE TABLE outbox (
	id TEXT PRIMARY KEY,
	created BIGINT NOT NULL,
	modified BIGINT NOT NULL,
	created_by TEXT NOT NULL,
	modified_by TEXT NOT NULL,
	account_id TEXT NOT NULL,
	channel TEXT NOT NULL,
	message_key TEXT NOT NULL,
	from_address TEXT NOT NULL,
	to_addresses TEXT NOT NULL,
	subject TEXT NOT NULL,
	body TEXT NOT NULL,
	secret BOOLEAN NOT NULL,
	state TEXT NOT NULL,
	tries INTEGER NOT NULL,
	begun BIGINT NOT NULL,
	next_try BIGINT NOT NULL,
	expires BIGINT NOT NULL,
	last_error TEXT NOT NULL,
	sent BIGINT NOT NULL,
	claim TEXT NOT NULL,
	claim_node TEXT NOT NULL,
	claim_run TEXT NOT NULL,
	claim_until BIGINT NOT NULL,
	UNIQUE (account_id, message_key)
);
CREATE INDEX outbox_due ON outbox (state, next_try);
CREATE INDEX outbox_created ON outbox (account_id, created);

-- +goose Down
DROP TABLE outbox;
