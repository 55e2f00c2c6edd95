-- A filter may name people. Rows of before keep theirs as they are; their events are in the log.
ALTER TABLE broadcasts
    ALTER COLUMN audience DROP NOT NULL,
    -- A protobuf `fanfare.segmentation.v1.Filter`, sealed with the team's key.
    ADD COLUMN sealed_audience bytea,
    ADD CHECK (num_nonnulls(audience, sealed_audience) = 1);
