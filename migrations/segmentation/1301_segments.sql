-- Saved segments, every version of those that have not been deleted.
CREATE TABLE segment_versions (
    team_id uuid NOT NULL,
    segment_id uuid NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    -- NULL: of all accounts.
    account_id uuid,
    -- A protobuf `fanfare.segmentation.v1.Filter` with its tags by id, sealed as the event has it: it may
    -- name people.
    sealed_filter bytea NOT NULL,
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (team_id, segment_id, version)
);
