-- What the contract's accounts, customers and endpoints carry beside what calls
-- need: JSON in "more", and tags as a JSON list of ids.

-- +goose Up
ALTER TABLE accounts ADD COLUMN parent_id TEXT REFERENCES accounts (id);
ALTER TABLE accounts ADD COLUMN max_numbers BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN more TEXT NOT NULL DEFAULT '';
CREATE INDEX accounts_parent ON accounts (parent_id);
ALTER TABLE customers ADD COLUMN tags TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN staging BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE customers ADD COLUMN more TEXT NOT NULL DEFAULT '';
ALTER TABLE endpoints ADD COLUMN tags TEXT NOT NULL DEFAULT '';
ALTER TABLE endpoints ADD COLUMN more TEXT NOT NULL DEFAULT '';
ALTER TABLE flows ADD COLUMN tags TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX endpoints_mail_address ON endpoints (email_address) WHERE kind = 'EmailAddress';
