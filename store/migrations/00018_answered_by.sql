-- Who answered a call that we made, where it was asked: Human, Machine, Unknown.

-- +goose Up
ALTER TABLE sessions ADD COLUMN machine TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE sessions DROP COLUMN machine;
