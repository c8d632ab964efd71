-- What numbers and trunks text by, and who wants no more texts of a number.

-- +goose Up
ALTER TABLE endpoints ADD COLUMN text_carrier TEXT NOT NULL DEFAULT '';
CREATE INDEX endpoints_text_carrier ON endpoints (text_carrier) WHERE text_carrier <> '';
CREATE TABLE text_stops (
	id TEXT PRIMARY KEY,
	endpoint_id TEXT NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
	address TEXT NOT NULL,
	account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
	stopped BIGINT NOT NULL,
	word TEXT NOT NULL,
	UNIQUE (endpoint_id, address)
);
CREATE INDEX text_stops_account ON text_stops (account_id, stopped);

-- +goose Down
DROP TABLE text_stops;
DROP INDEX endpoints_text_carrier;
ALTER TABLE endpoints DROP COLUMN text_carrier;
