-- Accounts can be disconnected, and given other credentials.
ALTER TABLE accounts
    -- Of the account's stream: what is older changes nothing.
    ADD COLUMN version bigint NOT NULL DEFAULT 0,
    -- Set: webhooks are not taken in.
    ADD COLUMN disconnected_at timestamptz;

-- What webhooks may still be signed with after the credentials were rotated.
CREATE TABLE previous_credentials (
    account_id uuid NOT NULL,
    -- Of the account's stream, after the rotation.
    version bigint NOT NULL,
    sealed_credentials bytea NOT NULL,
    valid_until timestamptz NOT NULL,
    PRIMARY KEY (account_id, version)
);
