-- The log of record: every event of this context, in commit order within its partition.
CREATE TABLE log_meta (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    name text NOT NULL,
    -- Fixed when the log is created: a stream's partition is a hash modulo this.
    partitions smallint NOT NULL CHECK (partitions BETWEEN 1 AND 256),
    -- Raised when the log was restored to an earlier point, so that readers start anew.
    generation bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- The last position of each partition. Its row lock orders commits, so that positions have no
-- gaps and no reader passes a writer that has yet to commit. Small pages keep updates in place.
CREATE TABLE log_heads (
    partition smallint PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);

-- Append only: rows are never updated.
CREATE TABLE log_events (
    partition smallint NOT NULL,
    position bigint NOT NULL,
    stream_id uuid NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    event_id uuid NOT NULL,
    -- The full name of the protobuf message in `payload`.
    event_type text NOT NULL,
    -- The kind of aggregate whose stream it is.
    category text NOT NULL,
    team_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    payload bytea NOT NULL,
    -- A protobuf `fanfare.log.v1.EventMetadata`.
    metadata bytea NOT NULL,
    PRIMARY KEY (partition, position)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_freeze_min_age = 0);

-- Finds a stream's events, and refuses a version twice whatever the writer believed.
CREATE UNIQUE INDEX log_events_stream_idx ON log_events (partition, stream_id, version);

-- Commands that were answered: a repeat gets the same answer and changes nothing.
CREATE TABLE log_receipts (
    stream_id uuid NOT NULL,
    request_id uuid NOT NULL,
    version bigint NOT NULL,
    position bigint NOT NULL,
    answer bytea NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (stream_id, request_id)
);

-- A cache of folded streams. May be emptied at any time.
CREATE TABLE log_snapshots (
    stream_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    -- Which form `payload` has. Another form is ignored.
    schema_version integer NOT NULL,
    payload bytea NOT NULL
);
