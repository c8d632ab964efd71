-- Texts, mails and posts, and the chats that they belong to.

-- +goose Up
CREATE TABLE chats (
	id TEXT PRIMARY KEY,
	created BIGINT NOT NULL,
	account_id TEXT NOT NULL,
	customer_id TEXT NOT NULL,
	endpoint_id TEXT NOT NULL,
	other_address TEXT NOT NULL,
	other_name TEXT NOT NULL,
	channel TEXT NOT NULL,
	session_id TEXT NOT NULL,
	room_id TEXT NOT NULL,
	route TEXT NOT NULL,
	body TEXT NOT NULL,
	seq BIGINT NOT NULL,
	last_message TEXT NOT NULL,
	last_date BIGINT NOT NULL,
	pending INTEGER NOT NULL,
	due BIGINT NOT NULL,
	tries INTEGER NOT NULL,
	claim TEXT NOT NULL,
	claim_node TEXT NOT NULL,
	claim_run TEXT NOT NULL,
	claim_until BIGINT NOT NULL,
	UNIQUE (endpoint_id, other_address)
);
CREATE INDEX chats_due ON chats (due) WHERE due > 0;
CREATE INDEX chats_account ON chats (account_id, last_date);
CREATE INDEX chats_session ON chats (session_id) WHERE session_id <> '';
CREATE INDEX chats_room ON chats (room_id) WHERE room_id <> '';

CREATE TABLE messages (
	id TEXT PRIMARY KEY,
	created BIGINT NOT NULL,
	modified BIGINT NOT NULL,
	created_by TEXT NOT NULL,
	modified_by TEXT NOT NULL,
	account_id TEXT NOT NULL,
	customer_id TEXT NOT NULL,
	endpoint_id TEXT NOT NULL,
	chat_id TEXT NOT NULL,
	session_id TEXT NOT NULL,
	seq BIGINT NOT NULL,
	channel TEXT NOT NULL,
	direction TEXT NOT NULL,
	other_address TEXT NOT NULL,
	other_name TEXT NOT NULL,
	sender TEXT NOT NULL,
	sender_id TEXT NOT NULL,
	destination TEXT NOT NULL,
	message_key TEXT NOT NULL,
	remote_id TEXT NOT NULL,
	state TEXT NOT NULL,
	error TEXT NOT NULL,
	segments INTEGER NOT NULL,
	unread BOOLEAN NOT NULL,
	auto BOOLEAN NOT NULL,
	waits BOOLEAN NOT NULL,
	date BIGINT NOT NULL,
	body TEXT NOT NULL,
	UNIQUE (endpoint_id, channel, direction, message_key)
);
CREATE INDEX messages_chat ON messages (chat_id, seq);
CREATE INDEX messages_waiting ON messages (chat_id, seq) WHERE waits;
CREATE INDEX messages_session ON messages (session_id) WHERE session_id <> '';
CREATE INDEX messages_account ON messages (account_id, date);
CREATE INDEX messages_remote ON messages (remote_id, channel) WHERE remote_id <> '';

-- What the far end told of a message before its own id of it was noted.
CREATE TABLE message_receipts (
	channel TEXT NOT NULL,
	remote_id TEXT NOT NULL,
	endpoint_id TEXT NOT NULL,
	state TEXT NOT NULL,
	error TEXT NOT NULL,
	created BIGINT NOT NULL,
	PRIMARY KEY (channel, remote_id, endpoint_id)
);

ALTER TABLE outbox ADD COLUMN message_id TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN lane TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN lane_seq BIGINT NOT NULL DEFAULT 0;
CREATE INDEX outbox_lane ON outbox (lane, lane_seq) WHERE lane <> '';

-- +goose Down
DROP INDEX outbox_lane;
ALTER TABLE outbox DROP COLUMN lane_seq;
ALTER TABLE outbox DROP COLUMN lane;
ALTER TABLE outbox DROP COLUMN message_id;
DROP TABLE message_receipts;
DROP TABLE messages;
DROP TABLE chats;
