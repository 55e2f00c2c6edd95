-- Read model anew, rebuilt from the log: no personal data in the clear, tags by their ids, and what
-- the index in memory follows.
DROP TABLE contacts;
DELETE FROM checkpoints WHERE consumer = 'segmentation';

CREATE TABLE contacts (
    contact_id uuid PRIMARY KEY,
    team_id uuid NOT NULL,
    account_id uuid NOT NULL,
    subscribed_at timestamptz,
    last_interaction_at timestamptz,
    followed_at timestamptz,
    blocked_at timestamptz,
    site_bound_at timestamptz,
    site_unbound_at timestamptz,
    -- Set: a tombstone. Nothing else is known of the contact any more.
    erased_at timestamptz,
    -- The contact's place among the team's: from 1, given once, with few gaps.
    ordinal integer NOT NULL,
    -- Follows from the rest: 1 subscribed, 2 unsubscribed, 3 blocked, as SubscriptionStatus has it; 0 erased.
    status smallint NOT NULL,
    -- Follows from `consent`: a bit for each purpose, 1 << its number.
    opted_out smallint NOT NULL,
    -- Follows from the two times.
    site_bound boolean NOT NULL,
    -- What the seal of the profile is bound to, and the first 16 bytes of each search key.
    profile_event_id uuid,
    name_key uuid,
    email_key uuid,
    phone_key uuid,
    member_key uuid,
    profile_event_type text,
    -- Sorted. Some may be of tags that were deleted since.
    tag_ids uuid[] NOT NULL,
    -- Who decided what about which purpose; NULL where nobody did.
    consent bytea,
    -- As the event has it.
    sealed_profile bytea
)
-- Room for the next version of a row beside it: most changes touch no indexed column, and then no
-- index either.
WITH (fillfactor = 85);

-- What is not here is answered from memory: tags, statuses and times have no index in Postgres.
CREATE UNIQUE INDEX contacts_ordinal_idx ON contacts (team_id, ordinal);
CREATE INDEX contacts_name_idx ON contacts (name_key) WHERE name_key IS NOT NULL;
CREATE INDEX contacts_email_idx ON contacts (email_key) WHERE email_key IS NOT NULL;
CREATE INDEX contacts_phone_idx ON contacts (phone_key) WHERE phone_key IS NOT NULL;
CREATE INDEX contacts_member_idx ON contacts (member_key) WHERE member_key IS NOT NULL;

-- The last ordinal that was given to each team.
CREATE TABLE ordinals (
    team_id uuid PRIMARY KEY,
    last integer NOT NULL
) WITH (fillfactor = 10);

CREATE TABLE accounts (
    account_id uuid PRIMARY KEY,
    team_id uuid NOT NULL,
    channel smallint NOT NULL,
    connected boolean NOT NULL
);
CREATE INDEX accounts_team_idx ON accounts (team_id);

CREATE TABLE tags (
    team_id uuid NOT NULL,
    tag_id uuid NOT NULL,
    -- NULL: deleted. The row stays, so that an older event can't bring the tag back.
    name text,
    PRIMARY KEY (team_id, tag_id)
);

-- Whose rows a batch of events changed: a process that holds them in memory reads those again.
CREATE TABLE changes (
    partition smallint NOT NULL,
    -- Of the batch's last event.
    position bigint NOT NULL,
    team_id uuid NOT NULL,
    ordinals integer[] NOT NULL,
    -- Whether the team's accounts or tags changed.
    words boolean NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (partition, position, team_id)
);

-- Up to where changes were forgotten. Whoever is further behind begins anew.
CREATE TABLE forgotten_changes (
    partition smallint PRIMARY KEY,
    position bigint NOT NULL
);
