-- The users of a team, in order: ids as JSON.

-- +goose Up
ALTER TABLE endpoints ADD COLUMN members TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE endpoints DROP COLUMN members;
