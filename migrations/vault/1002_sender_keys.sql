-- Whose webhooks which key seals. The key is in `contact_keys` under its id; it is another one after the person
-- was deleted, so that whoever writes again is not mistaken for who was deleted.
CREATE TABLE sender_keys (
    team_id uuid NOT NULL,
    -- As in `contact_identities` of the contacts' database.
    identity bytea NOT NULL,
    key_id uuid NOT NULL,
    PRIMARY KEY (team_id, identity)
);
