-- Contacts that were deleted: an audience that was resolved a moment before may yet name them. Ids only, for good.
CREATE TABLE erased_contacts (
    contact_id uuid PRIMARY KEY,
    team_id uuid NOT NULL
);

-- Of a chunk's contacts, those who were deleted and are still in its addresses: 16 bytes each.
ALTER TABLE dispatch_chunks ADD COLUMN erased bytea NOT NULL DEFAULT '';

-- What is to be rewritten.
CREATE INDEX dispatch_chunks_erased_idx ON dispatch_chunks (chunk_id) WHERE erased <> '';
