-- Who was sent to over WhatsApp within 24 hours, by business account: Meta lets it reach so many people in that time.
CREATE TABLE whatsapp_people (
    -- Meta's id of the business account, or else of the phone number.
    business_account_id text NOT NULL,
    -- An HMAC of the person's number or id.
    person bytea NOT NULL,
    sent_at timestamptz NOT NULL,
    PRIMARY KEY (business_account_id, person)
);

CREATE INDEX whatsapp_people_sent_idx ON whatsapp_people (business_account_id, sent_at);
