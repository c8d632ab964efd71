-- Voicemail boxes: what their owners set, and which messages nobody has heard.

-- +goose Up
ALTER TABLE endpoints ADD COLUMN voicemail TEXT NOT NULL DEFAULT '';
ALTER TABLE files ADD COLUMN from_name TEXT NOT NULL DEFAULT '';
ALTER TABLE files ADD COLUMN unread BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX files_box ON files (user_id, type, unread);

-- +goose Down
DROP INDEX files_box;
ALTER TABLE files DROP COLUMN unread;
ALTER TABLE files DROP COLUMN from_name;
ALTER TABLE endpoints DROP COLUMN voicemail;
