-- How many nodes a version has, so that a list of flows needn't read them.

-- +goose Up
ALTER TABLE flow_versions ADD COLUMN node_count BIGINT NOT NULL DEFAULT -1; -- -1: not counted yet

-- +goose Down
ALTER TABLE flow_versions DROP COLUMN node_count;
