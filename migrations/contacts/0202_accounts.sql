-- Read model: a team's channels. Credentials stay sealed in the log.
CREATE TABLE accounts (
    account_id uuid PRIMARY KEY,
    team_id uuid NOT NULL,
    -- A `fanfare.common.v1.Channel`.
    channel integer NOT NULL,
    name text NOT NULL,
    channel_account_id text NOT NULL,
    country text NOT NULL,
    -- Both or neither: what the team pays where that is not the price list's.
    price_currency text,
    price_micros bigint,
    connected_at timestamptz
);

CREATE INDEX accounts_team_idx ON accounts (team_id, account_id);
