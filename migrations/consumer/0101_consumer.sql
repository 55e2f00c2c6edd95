-- How far each read model of this database is, in each log that it follows. Moved by
-- compare-and-set in the transaction that changes the read model's rows.
CREATE TABLE checkpoints (
    consumer text NOT NULL,
    log text NOT NULL,
    partition smallint NOT NULL,
    position bigint NOT NULL DEFAULT 0,
    -- Set while the event after `position` can't be applied.
    stopped_at timestamptz,
    stop_event_type text,
    stop_error text,
    -- An operator's answer to a stop: 'retry' or 'skip'.
    resolution text CHECK (resolution IN ('retry', 'skip')),
    PRIMARY KEY (consumer, log, partition)
) WITH (fillfactor = 10);

-- Events that were left out on record.
CREATE TABLE dead_letters (
    consumer text NOT NULL,
    log text NOT NULL,
    partition smallint NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    error text NOT NULL,
    skipped_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, log, partition, position)
);
