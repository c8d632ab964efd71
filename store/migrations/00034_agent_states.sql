-- What users did in the call centre, each state from its beginning on. agents has the
-- latest of each.

-- +goose Up
CREATE TABLE agent_states (
	endpoint_id TEXT NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
	since BIGINT NOT NULL,
	state TEXT NOT NULL,
	reason TEXT NOT NULL,
	PRIMARY KEY (endpoint_id, since)
);
INSERT INTO agent_states (endpoint_id, since, state, reason) SELECT endpoint_id, since, state, reason FROM agents;

-- +goose Down
DROP TABLE agent_states;
