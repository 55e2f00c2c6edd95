-- Meta's posts name the page or the phone number that they are about.
ALTER TABLE accounts ADD COLUMN channel_account_id text NOT NULL DEFAULT '';

-- Those who are known get theirs from the log, read once more.
DELETE FROM checkpoints WHERE consumer = 'accounts';
