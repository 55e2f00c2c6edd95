-- Read model: what contacts wrote, and what other systems wrote to them.
CREATE TABLE conversation_messages (
    contact_id uuid NOT NULL,
    at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    -- A `fanfare.contacts.v1.MessageSource`.
    source smallint NOT NULL,
    -- As the event has it, sealed with the contact's key. Empty where nothing was said: a sticker, a picture.
    sealed_content bytea NOT NULL,
    -- Read from its end: the latest first.
    PRIMARY KEY (contact_id, at, event_id)
);

-- Read model: what broadcasts say, for everybody the same.
CREATE TABLE conversation_broadcasts (
    broadcast_id uuid PRIMARY KEY,
    team_id uuid NOT NULL,
    account_id uuid NOT NULL,
    text text NOT NULL
);

CREATE INDEX conversation_broadcasts_account_idx ON conversation_broadcasts (team_id, account_id);

-- Read model: whom broadcasts were sent to, a row a chunk. A broadcast's chunks are in the order of their contacts'
-- ids, so that one look-up by `first_contact_id` finds the only chunk that a contact can be in.
CREATE TABLE conversation_chunks (
    chunk_id uuid PRIMARY KEY,
    broadcast_id uuid NOT NULL,
    first_contact_id uuid NOT NULL,
    last_contact_id uuid NOT NULL,
    -- 16 bytes each, one after the other, in order.
    contact_ids bytea NOT NULL,
    -- A bit for each of them: the channel took the message.
    sent bytea NOT NULL,
    -- When the channel took the first of them.
    sent_at timestamptz
);

CREATE INDEX conversation_chunks_contact_idx ON conversation_chunks (broadcast_id, first_contact_id);

-- All of what the same consumer keeps is read again, from nothing: where events are is added to, and never replaced.
TRUNCATE contacts, contact_history, tags;
DELETE FROM checkpoints WHERE consumer = 'contacts' AND log = 'contacts';
