-- What tells webhooks of a message is found by the message, whether its webhook is still there or not.

-- +goose Up
ALTER TABLE outbox ADD COLUMN told_of TEXT NOT NULL DEFAULT '';
UPDATE outbox SET told_of = substr(message_key, length('webhook/' || from_address || '/' || subject || '/') + 1, 32)
	WHERE channel = 'webhook' AND subject IN ('message.received', 'message.changed');
CREATE INDEX outbox_told ON outbox (told_of) WHERE told_of <> '';
CREATE INDEX outbox_message ON outbox (message_id) WHERE message_id <> '';
-- How many of a conversation are unread is counted without those that aren't.
CREATE INDEX messages_unread ON messages (chat_id) WHERE unread;

-- +goose Down
DROP INDEX messages_unread;
DROP INDEX outbox_message;
DROP INDEX outbox_told;
ALTER TABLE outbox DROP COLUMN told_of;
