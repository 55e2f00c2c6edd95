-- What the broadcast service knows: accounts from the contacts log, broadcasts from its own.
CREATE TABLE accounts (
    account_id uuid PRIMARY KEY,
    team_id uuid NOT NULL,
    -- A `fanfare.common.v1.Channel`.
    channel integer NOT NULL,
    name text NOT NULL,
    -- Sealed with the team's key; opened when something is sent.
    sealed_credentials bytea NOT NULL
);

CREATE TABLE broadcasts (
    broadcast_id uuid PRIMARY KEY,
    team_id uuid NOT NULL,
    account_id uuid NOT NULL,
    name text NOT NULL,
    state text NOT NULL CHECK (state IN ('draft', 'preparing', 'sending', 'paused', 'done', 'stopped')),
    -- Why it is paused or stopped, for people.
    state_detail text NOT NULL DEFAULT '',
    -- A protobuf `fanfare.segmentation.v1.Filter`.
    audience bytea NOT NULL,
    included bigint NOT NULL DEFAULT 0,
    chunk_count integer NOT NULL DEFAULT 0,
    drafted_at timestamptz,
    confirmed_at timestamptz,
    completed_at timestamptz
);

CREATE INDEX broadcasts_team_idx ON broadcasts (team_id, broadcast_id);
CREATE INDEX broadcasts_open_idx ON broadcasts (state) WHERE state IN ('preparing', 'sending', 'paused', 'stopped');

-- Recipients with an outcome. Apart from `broadcasts`, since chunks' events come from other
-- partitions, and may come before their broadcast's own.
CREATE TABLE broadcast_progress (
    broadcast_id uuid PRIMARY KEY,
    settled bigint NOT NULL
);
