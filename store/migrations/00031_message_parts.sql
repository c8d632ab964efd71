-- Parts of texts that wait for the others.

-- +goose Up
CREATE TABLE message_parts (
	id TEXT PRIMARY KEY,
	created BIGINT NOT NULL,
	set_id TEXT NOT NULL,
	account_id TEXT NOT NULL,
	endpoint_id TEXT NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
	channel TEXT NOT NULL,
	other_address TEXT NOT NULL,
	ref TEXT NOT NULL,
	total INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	body TEXT NOT NULL,
	joined BIGINT NOT NULL
);
CREATE INDEX message_parts_of ON message_parts (endpoint_id, other_address, ref);
CREATE INDEX message_parts_set ON message_parts (set_id);
CREATE INDEX message_parts_joined ON message_parts (joined, created);

-- +goose Down
DROP TABLE message_parts;
