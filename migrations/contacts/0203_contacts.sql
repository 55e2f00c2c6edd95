-- Read model: contacts as a team sees them, personal data in the clear.
CREATE TABLE contacts (
    contact_id uuid PRIMARY KEY,
    team_id uuid NOT NULL,
    account_id uuid NOT NULL,
    -- All five are NULL once the contact's key is gone.
    external_id text,
    display_name text,
    phone text,
    email text,
    member_number text,
    tags text[] NOT NULL,
    subscribed_at timestamptz,
    last_interaction_at timestamptz,
    followed_at timestamptz,
    blocked_at timestamptz,
    -- Of the row that was imported last. The same row again is not a new event.
    row_digest bytea
);

-- Lists an account's contacts, oldest first: contact ids are UUIDv7.
CREATE INDEX contacts_account_idx ON contacts (team_id, account_id, contact_id);
