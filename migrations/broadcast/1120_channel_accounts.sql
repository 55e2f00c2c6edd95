-- Meta's calls go to an account by the channel's own id of it. Rows of before are LINE's, which has no use for it.
ALTER TABLE accounts ADD COLUMN channel_account_id text NOT NULL DEFAULT '';
