-- A flow with drafts: its version is the published one, later saves wait.

-- +goose Up
ALTER TABLE flows ADD COLUMN draft BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
ALTER TABLE flows DROP COLUMN draft;
