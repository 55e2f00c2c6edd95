-- When a chunk that could not be sent is due again. Without it, a failing chunk would be tried all the
-- time, and one whose answer is awaited for hours would hold up the account.
ALTER TABLE dispatch_chunks
    -- Calls for its open window so far, for the backoff.
    ADD COLUMN attempts integer NOT NULL DEFAULT 0,
    -- By this server's clock.
    ADD COLUMN next_attempt_at timestamptz;

-- What is to be sent: the accounts, an account's broadcasts, and a broadcast's chunks in order.
CREATE INDEX dispatch_chunks_ready_idx ON dispatch_chunks (account_id, broadcast_id, chunk_index)
    WHERE state = 'ready';
