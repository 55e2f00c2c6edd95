-- Accounts can be disconnected, and given other credentials.
ALTER TABLE accounts
    -- When the credentials that hold now were given.
    ADD COLUMN credentials_at timestamptz,
    -- Set: nothing is sent or taken in.
    ADD COLUMN disconnected_at timestamptz;

UPDATE accounts SET credentials_at = connected_at;

-- Which account stands for a channel's own account, so that a team connects it once, however many try at the same
-- time. Kept with the log, never emptied. The log decides whether that account is connected.
CREATE TABLE account_claims (
    team_id uuid NOT NULL,
    -- A `fanfare.common.v1.Channel`.
    channel integer NOT NULL,
    -- In lower case.
    channel_account_id text NOT NULL,
    account_id uuid NOT NULL,
    claimed_at timestamptz NOT NULL,
    -- The command that it was claimed for has not ended yet, or its process died.
    pending boolean NOT NULL,
    PRIMARY KEY (team_id, channel, channel_account_id)
);

INSERT INTO account_claims (team_id, channel, channel_account_id, account_id, claimed_at, pending)
SELECT DISTINCT ON (team_id, channel, lower(channel_account_id))
       team_id, channel, lower(channel_account_id), account_id, clock_timestamp(), false
FROM accounts
WHERE channel_account_id <> ''
ORDER BY team_id, channel, lower(channel_account_id), connected_at;
