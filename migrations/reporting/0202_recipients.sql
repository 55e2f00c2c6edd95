-- Who is in and who is left out, and what became of them. A million people are 2,000 chunks, not a million rows.
-- There is no counter: each number of a report is the sum over the rows that its list is read from.
CREATE TABLE chunks (
    chunk_id uuid PRIMARY KEY,
    team_id uuid NOT NULL,
    broadcast_id uuid NOT NULL,
    chunk_index integer NOT NULL,
    -- 16 bytes each, one after the other. A recipient is named by its place, from 0.
    contact_ids bytea NOT NULL
);

-- Not compressed: ids are random, and a slice is read without the rest.
ALTER TABLE chunks ALTER COLUMN contact_ids SET STORAGE EXTERNAL;

-- Neighbours in a chunk who share an outcome. The runs of a chunk cover it without gap or overlap.
CREATE TABLE outcome_runs (
    chunk_id uuid NOT NULL,
    first_place integer NOT NULL,
    places integer NOT NULL CHECK (places > 0),
    team_id uuid NOT NULL,
    broadcast_id uuid NOT NULL,
    chunk_index integer NOT NULL,
    -- 0 pending, 1 sent, 2 failed, 3 unknown, 4 not sent.
    status smallint NOT NULL CHECK (status BETWEEN 0 AND 4),
    -- The number of fanfare.events.broadcast.v1.FailureClass.
    failure_class smallint NOT NULL,
    code text NOT NULL,
    settled_at timestamptz,
    PRIMARY KEY (chunk_id, first_place)
);

CREATE INDEX outcome_runs_list_idx ON outcome_runs (broadcast_id, chunk_index, first_place);

-- People left out, for one reason a part.
CREATE TABLE exclusions (
    broadcast_id uuid NOT NULL,
    part integer NOT NULL,
    team_id uuid NOT NULL,
    -- The number of fanfare.events.broadcast.v1.ExclusionReason.
    reason smallint NOT NULL,
    contact_ids bytea NOT NULL,
    contacts integer NOT NULL GENERATED ALWAYS AS (octet_length(contact_ids) / 16) STORED,
    PRIMARY KEY (broadcast_id, part)
);

ALTER TABLE exclusions ALTER COLUMN contact_ids SET STORAGE EXTERNAL;
