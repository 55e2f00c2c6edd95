-- What is in bulk events is sealed, hashed or ids: trying to compress it costs more than half of what appending it
-- costs, and saves nothing.
ALTER TABLE log_events ALTER COLUMN payload SET STORAGE EXTERNAL;
