-- Chats of several people. Who takes part by a channel is a chat with room_id; users stand here.

-- +goose Up
CREATE TABLE chat_rooms (
	id TEXT PRIMARY KEY,
	created BIGINT NOT NULL,
	account_id TEXT NOT NULL,
	endpoint_id TEXT NOT NULL,
	session_id TEXT NOT NULL,
	name TEXT NOT NULL,
	users TEXT NOT NULL,
	closed BIGINT NOT NULL
);
CREATE INDEX chat_rooms_account ON chat_rooms (account_id, closed);

-- +goose Down
DROP TABLE chat_rooms;
