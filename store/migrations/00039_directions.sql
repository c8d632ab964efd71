-- Calls of one direction, in the order of time: where few are, reading the others
-- takes as long as there are calls.

-- +goose Up
CREATE INDEX sessions_direction ON sessions (direction, started);
CREATE INDEX sessions_account_direction ON sessions (account_id, direction, started);

-- +goose Down
DROP INDEX sessions_account_direction;
DROP INDEX sessions_direction;
