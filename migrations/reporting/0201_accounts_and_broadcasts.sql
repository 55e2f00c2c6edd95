-- What a report is about: the broadcast, and what its account pays for a message.
CREATE TABLE account_terms (
    account_id uuid NOT NULL,
    -- Of the account's stream: each time it is connected, its terms may be others.
    version bigint NOT NULL,
    team_id uuid NOT NULL,
    connected_at timestamptz NOT NULL,
    country text NOT NULL,
    -- The team's own price of a message. NULL: the price list's.
    price_currency text,
    price_micros bigint,
    PRIMARY KEY (account_id, version),
    CHECK ((price_currency IS NULL) = (price_micros IS NULL))
);

CREATE TABLE broadcasts (
    broadcast_id uuid PRIMARY KEY,
    team_id uuid NOT NULL,
    account_id uuid NOT NULL,
    -- The number of fanfare.common.v1.Channel.
    channel smallint NOT NULL,
    name text NOT NULL,
    tracked_links integer NOT NULL,
    drafted_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    frozen_at timestamptz,
    paused boolean NOT NULL DEFAULT false,
    stopped_at timestamptz,
    completed_at timestamptz
);

CREATE INDEX broadcasts_newest_idx ON broadcasts (team_id, drafted_at DESC, broadcast_id DESC);
