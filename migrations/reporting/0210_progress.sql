-- What a channel told of messages after they were sent.
ALTER TABLE outcome_runs
    -- The furthest: 0 nothing, 1 accepted, 2 failed, 3 delivered, 4 read. What it says is in `status` as well.
    ADD COLUMN told smallint NOT NULL DEFAULT 0 CHECK (told BETWEEN 0 AND 4);
