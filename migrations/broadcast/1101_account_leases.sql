-- Which worker sends for an account, so that the account's rate is kept by one bucket. Efficiency, not
-- safety: two workers that both believe to own an account are told apart by the versions of its chunks.
CREATE TABLE account_leases (
    account_id uuid PRIMARY KEY,
    -- A process, drawn when it starts.
    owner uuid NOT NULL,
    -- Raised whenever the account is taken, so that an owner knows its own lease from a later one.
    epoch bigint NOT NULL,
    -- By this server's clock.
    expires_at timestamptz NOT NULL
);
