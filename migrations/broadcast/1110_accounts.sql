-- Accounts can be disconnected, and given other credentials.
ALTER TABLE accounts
    -- Of the account's stream: what is older changes nothing.
    ADD COLUMN version bigint NOT NULL DEFAULT 0,
    -- Set: nothing is sent, and what is to be sent waits.
    ADD COLUMN disconnected_at timestamptz;
