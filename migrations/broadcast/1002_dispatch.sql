-- What is to be sent: not a read model, but the frozen audience on its way out. Addresses are here,
-- sealed, and in no log; they are erased when their chunk is settled.
CREATE TABLE dispatch_chunks (
    -- Also the stream of the chunk's events.
    chunk_id uuid PRIMARY KEY,
    broadcast_id uuid NOT NULL,
    account_id uuid NOT NULL,
    team_id uuid NOT NULL,
    -- From 0, within the broadcast.
    chunk_index integer NOT NULL,
    -- Which attempt at freezing wrote it. An attempt that crashed is discarded whole.
    attempt_id uuid NOT NULL,
    -- staged: its audience may yet be discarded. ready: to be sent. settled: everyone has an outcome.
    state text NOT NULL CHECK (state IN ('staged', 'ready', 'settled')),
    recipients integer NOT NULL,
    -- 16 bytes each, one after the other.
    contact_ids bytea NOT NULL,
    -- The addresses in the order of the ids, a line each; sealed with the broadcast's key, bound to
    -- the team, the broadcast (as subject), the chunk (as event) and `fanfare.dispatch.addresses`.
    sealed_addresses bytea
);

CREATE INDEX dispatch_chunks_broadcast_idx ON dispatch_chunks (broadcast_id, chunk_index);
CREATE INDEX dispatch_chunks_staged_idx ON dispatch_chunks (broadcast_id) WHERE state = 'staged';

-- Those left out, until their events are appended.
CREATE TABLE dispatch_exclusions (
    broadcast_id uuid NOT NULL,
    team_id uuid NOT NULL,
    part integer NOT NULL,
    attempt_id uuid NOT NULL,
    -- A `fanfare.events.broadcast.v1.ExclusionReason`.
    reason integer NOT NULL,
    contact_ids bytea NOT NULL,
    PRIMARY KEY (broadcast_id, part)
);

-- What everyone gets, rendered once.
CREATE TABLE dispatch_contents (
    broadcast_id uuid PRIMARY KEY,
    -- The channel's own form of the messages.
    messages_json text NOT NULL,
    -- The name under which LINE adds the broadcast's statistics up.
    aggregation_unit text NOT NULL
);
