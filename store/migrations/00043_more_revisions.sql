-- Sessions, messages, conversations, API keys, reports and the settings of the
-- server count their changes, as what people edit does.

-- +goose Up
ALTER TABLE sessions ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE messages ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE chats ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE api_keys ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE reports ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE meta ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE meta DROP COLUMN revision;
ALTER TABLE reports DROP COLUMN revision;
ALTER TABLE api_keys DROP COLUMN revision;
ALTER TABLE chats DROP COLUMN revision;
ALTER TABLE messages DROP COLUMN revision;
ALTER TABLE sessions DROP COLUMN revision;
