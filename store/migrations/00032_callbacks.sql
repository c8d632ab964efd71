-- Where what becomes of a call is told, of those calls that were asked for with such an
-- address. The secret is sealed.

-- +goose Up
CREATE TABLE session_callbacks (
	session_id TEXT PRIMARY KEY,
	url TEXT NOT NULL,
	events TEXT NOT NULL,
	secret TEXT NOT NULL
);

-- +goose Down
DROP TABLE session_callbacks;
