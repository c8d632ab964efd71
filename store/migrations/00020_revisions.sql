-- What may be edited counts its changes, so that nobody writes over what they
-- have not seen.

-- +goose Up
ALTER TABLE accounts ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE settings ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE customers ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE flows ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE endpoints ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE logins ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE files ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE files DROP COLUMN revision;
ALTER TABLE logins DROP COLUMN revision;
ALTER TABLE endpoints DROP COLUMN revision;
ALTER TABLE flows DROP COLUMN revision;
ALTER TABLE customers DROP COLUMN revision;
ALTER TABLE settings DROP COLUMN revision;
ALTER TABLE accounts DROP COLUMN revision;
