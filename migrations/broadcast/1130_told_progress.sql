-- What channels told of messages after they were sent, until it is in the log of the chunk that they were sent in.
CREATE TABLE told_progress (
    told_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    team_id uuid NOT NULL,
    -- Of whom it is. Null: the channel named its own message, and which one that is was not told yet.
    chunk_id uuid,
    place integer,
    -- An HMAC of the channel's id of the message, where that is all there is.
    message_key bytea,
    -- A `fanfare.common.v1.Channel`, and a `fanfare.common.v1.ProgressKind`.
    channel integer NOT NULL,
    kind integer NOT NULL,
    code text NOT NULL,
    occurred_at timestamptz NOT NULL,
    -- Not before this, by this server's clock.
    due_at timestamptz NOT NULL DEFAULT now(),
    told_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((chunk_id IS NULL) = (place IS NULL)),
    CHECK (num_nonnulls(chunk_id, message_key) >= 1)
);

CREATE INDEX told_progress_chunk_idx ON told_progress (due_at, chunk_id) WHERE chunk_id IS NOT NULL;
CREATE INDEX told_progress_key_idx ON told_progress (team_id, message_key) WHERE chunk_id IS NULL;
CREATE INDEX told_progress_told_idx ON told_progress (told_at);

-- Which message is whose, of channels that do not always send back what was sent along. Facts of one message may be
-- applied at the same time: the row is what makes the second see the first.
CREATE TABLE message_places (
    team_id uuid NOT NULL,
    message_key bytea NOT NULL,
    -- Null: not told yet.
    chunk_id uuid,
    place integer,
    told_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (team_id, message_key)
);

CREATE INDEX message_places_told_idx ON message_places (told_at);
