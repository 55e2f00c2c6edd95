-- Read model: work on many contacts, and imports.
CREATE TABLE jobs (
    team_id uuid NOT NULL,
    job_id uuid NOT NULL,
    account_id uuid NOT NULL,
    -- A `fanfare.contacts.v1.JobKind`.
    kind integer NOT NULL,
    -- A `fanfare.contacts.v1.JobState`.
    state integer NOT NULL,
    -- Contacts that it is for; NULL while that is not known.
    total bigint,
    -- As it ended with. Until then they are in `job_work`.
    processed bigint,
    refused bigint,
    changed bigint,
    -- Of an import: nothing is changed.
    dry_run boolean NOT NULL,
    message text NOT NULL DEFAULT '',
    actor text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (team_id, job_id)
);

-- Lists a team's jobs, the latest first.
CREATE INDEX jobs_latest_idx ON jobs (team_id, started_at DESC, job_id DESC);
-- Finds what there is to do: PREPARING and RUNNING.
CREATE INDEX jobs_open_idx ON jobs (started_at) WHERE state IN (1, 2);

-- Who works on a job, and how far that is. Kept with the log, never emptied: a job goes on from here after a crash.
CREATE TABLE job_work (
    team_id uuid NOT NULL,
    job_id uuid NOT NULL,
    -- Only this one's work is stored; another takes over once the time is up.
    holder uuid,
    held_until timestamptz,
    cancelled boolean NOT NULL DEFAULT false,
    -- Set: everyone that the job is for is in `job_chunks`.
    contacts bigint,
    chunk_count integer,
    -- Chunks before this one are in the log.
    next_chunk integer NOT NULL DEFAULT 0,
    -- Contacts, or rows of a file from its beginning on, that were dealt with.
    processed bigint NOT NULL DEFAULT 0,
    added bigint NOT NULL DEFAULT 0,
    updated bigint NOT NULL DEFAULT 0,
    unchanged bigint NOT NULL DEFAULT 0,
    refused bigint NOT NULL DEFAULT 0,
    -- HMAC, under the team's look-up key, of those rows.
    file_digest bytea,
    -- After all that was done so far.
    consistency_token text NOT NULL DEFAULT '',
    PRIMARY KEY (team_id, job_id)
);

-- Whom a job is for. Emptied when it ends.
CREATE TABLE job_chunks (
    team_id uuid NOT NULL,
    job_id uuid NOT NULL,
    chunk integer NOT NULL,
    -- Of all its contacts.
    partition smallint NOT NULL,
    -- 16 bytes each, one after the other.
    contact_ids bytea NOT NULL,
    PRIMARY KEY (team_id, job_id, chunk)
);
