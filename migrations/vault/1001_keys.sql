-- Keys, each wrapped by the one above it. A destroyed key leaves its row behind without the key: the primary key then
-- refuses to create it again, also to a writer that had begun before it was destroyed.

CREATE TABLE team_keys (
    team_id uuid PRIMARY KEY,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE contact_keys (
    team_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    wrapped bytea,
    erased_at timestamptz,
    PRIMARY KEY (team_id, contact_id),
    CONSTRAINT contact_keys_live_or_erased CHECK ((wrapped IS NULL) = (erased_at IS NOT NULL))
);

CREATE TABLE broadcast_keys (
    team_id uuid NOT NULL,
    broadcast_id uuid NOT NULL,
    wrapped bytea,
    destroyed_at timestamptz,
    PRIMARY KEY (team_id, broadcast_id),
    CONSTRAINT broadcast_keys_live_or_destroyed CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

CREATE TABLE day_keys (
    day date PRIMARY KEY,
    wrapped bytea,
    destroyed_at timestamptz,
    CONSTRAINT day_keys_live_or_destroyed CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);
