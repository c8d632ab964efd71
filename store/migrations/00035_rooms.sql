-- Of one name an account has one open room. Those of no name have no key: several may look alike.

-- +goose Up
ALTER TABLE chat_rooms ADD COLUMN room_key TEXT NOT NULL DEFAULT '';
UPDATE chat_rooms SET room_key = name WHERE closed = 0 AND name NOT LIKE 'Chat with %' AND NOT EXISTS (
	SELECT 1 FROM chat_rooms AS o WHERE o.account_id = chat_rooms.account_id AND o.name = chat_rooms.name AND o.closed = 0
		AND (o.created < chat_rooms.created OR o.created = chat_rooms.created AND o.id < chat_rooms.id));
CREATE UNIQUE INDEX chat_rooms_key ON chat_rooms (account_id, room_key) WHERE room_key <> '' AND closed = 0;
CREATE INDEX chat_rooms_session ON chat_rooms (session_id);

-- +goose Down
DROP INDEX chat_rooms_session;
DROP INDEX chat_rooms_key;
ALTER TABLE chat_rooms DROP COLUMN room_key;
