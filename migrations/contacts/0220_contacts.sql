-- Read model: contacts as a team sees them. Personal data stays sealed as the log has it, so that destroying a
-- contact's key empties this copy too, with what vacuum, the write-ahead log and backups still hold of it.
DROP TABLE contacts;
CREATE TABLE contacts (
    contact_id uuid PRIMARY KEY,
    team_id uuid NOT NULL,
    account_id uuid NOT NULL,
    -- A `fanfare.events.contacts.v1.Profile`, sealed with the contact's key, and the event that it is from, which
    -- the seal is bound to. All NULL where nothing is known yet, and once the contact was erased.
    sealed_profile bytea,
    profile_event_id uuid,
    profile_event_type text,
    -- HMACs under the team's look-up key.
    name_key bytea,
    email_key bytea,
    phone_key bytea,
    member_key bytea,
    -- May hold tags that were deleted since.
    tag_ids uuid[] NOT NULL,
    -- A `contacts_domain::Consent`; NULL where nobody has decided anything.
    consent bytea,
    subscribed_at timestamptz,
    last_interaction_at timestamptz,
    followed_at timestamptz,
    blocked_at timestamptz,
    site_bound_at timestamptz,
    site_unbound_at timestamptz,
    -- Of the row that was imported last. The same row again is not a new event.
    row_digest bytea,
    -- Set: nothing else but the ids is known, and the contact is in no list.
    erased_at timestamptz,
    -- Where in the contact's partition the latest events about many contacts are that name this one. Older ones are
    -- in `contact_history`; events about this contact alone are found by their stream.
    history bigint[] NOT NULL,
    CONSTRAINT contacts_profile_whole CHECK (
        num_nulls(sealed_profile, profile_event_id, profile_event_type) IN (0, 3)
    )
);

-- Lists and counts an account's contacts, oldest first: contact ids are UUIDv7.
CREATE INDEX contacts_account_idx ON contacts (team_id, account_id, contact_id) WHERE erased_at IS NULL;

-- Read model: what `contacts.history` has no room for.
CREATE TABLE contact_history (
    contact_id uuid NOT NULL,
    last_position bigint NOT NULL,
    positions bigint[] NOT NULL,
    PRIMARY KEY (contact_id, last_position)
);

-- Read model: the names of tags.
CREATE TABLE tags (
    team_id uuid NOT NULL,
    tag_id uuid NOT NULL,
    -- NULL: the tag was deleted, and nobody has it any more.
    name text,
    PRIMARY KEY (team_id, tag_id)
);

-- Finds a contact's identity, which an erasure removes.
CREATE INDEX contact_identities_contact_idx ON contact_identities (contact_id);

DELETE FROM checkpoints WHERE consumer = 'contacts' AND log = 'contacts';
