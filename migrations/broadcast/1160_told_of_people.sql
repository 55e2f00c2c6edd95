-- Of channels that tell until when somebody has got or read everything, and do not name the messages.
ALTER TABLE message_places
    -- An HMAC of the account and the person, and when the channel sent it. Null: not told.
    ADD COLUMN person_key bytea,
    ADD COLUMN sent_at timestamptz;

CREATE INDEX message_places_person_idx ON message_places (team_id, person_key, sent_at) WHERE person_key IS NOT NULL;

-- Until when; null: not told. The row is what makes a message and a watermark that are applied at the same time see each other.
CREATE TABLE told_people (
    team_id uuid NOT NULL,
    person_key bytea NOT NULL,
    -- Everything sent before.
    delivered_until timestamptz,
    -- Everything sent until then, and then.
    read_until timestamptz,
    told_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (team_id, person_key)
);

CREATE INDEX told_people_told_idx ON told_people (told_at);
