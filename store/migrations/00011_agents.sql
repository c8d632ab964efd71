-- What users do in the call centre. Who is not in it is logged out.

-- +goose Up
CREATE TABLE agents (
	endpoint_id TEXT PRIMARY KEY REFERENCES endpoints (id) ON DELETE CASCADE,
	account_id TEXT NOT NULL,
	state TEXT NOT NULL,
	reason TEXT NOT NULL,
	since BIGINT NOT NULL,
	until BIGINT NOT NULL
);

-- +goose Down
DROP TABLE agents;
