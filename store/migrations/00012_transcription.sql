-- What is said in recordings.

-- +goose Up
ALTER TABLE files ADD COLUMN transcription TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE files DROP COLUMN transcription;
