-- What who waits in a call of an endpoint hears: a file's id.

-- +goose Up
ALTER TABLE endpoints ADD COLUMN music_on_hold TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE endpoints DROP COLUMN music_on_hold;
