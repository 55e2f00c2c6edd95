-- Read model: what filters ask of a contact, and what sending to it needs.
CREATE TABLE contacts (
    contact_id uuid PRIMARY KEY,
    team_id uuid NOT NULL,
    account_id uuid NOT NULL,
    -- The channel's id of the person. NULL once the contact's key is gone, as is the name.
    address text,
    display_name text,
    tags text[] NOT NULL,
    subscribed_at timestamptz,
    last_interaction_at timestamptz,
    followed_at timestamptz,
    blocked_at timestamptz,
    -- Follows from the two before: 1 subscribed, 3 blocked, as SubscriptionStatus has it.
    status smallint NOT NULL
);

-- Everyone of an account, in the order that pages and audiences have.
CREATE INDEX contacts_account_idx ON contacts (team_id, account_id, contact_id);
CREATE INDEX contacts_tags_idx ON contacts USING gin (tags) WITH (fastupdate = off);
CREATE INDEX contacts_last_interaction_idx ON contacts (team_id, account_id, last_interaction_at);
CREATE INDEX contacts_subscribed_idx ON contacts (team_id, account_id, subscribed_at);
