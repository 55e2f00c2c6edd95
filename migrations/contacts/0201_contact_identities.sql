-- Which contact stands behind a channel's id of a person: where contact ids are drawn, so that a person
-- who is imported twice at once, or writes meanwhile, is one contact. Kept with the log, never emptied.
CREATE TABLE contact_identities (
    team_id uuid NOT NULL,
    account_id uuid NOT NULL,
    -- HMAC of the account and the external id under the team's look-up key.
    identity bytea NOT NULL,
    contact_id uuid NOT NULL,
    PRIMARY KEY (team_id, account_id, identity)
);
