-- Which attempt at freezing a broadcast's audience counts. Its row is the fence between processes: one that
-- was replaced, or was killed with a statement still under way, finds here that it has nothing to say any more.
CREATE TABLE dispatch_audiences (
    broadcast_id uuid PRIMARY KEY,
    team_id uuid NOT NULL,
    attempt_id uuid NOT NULL,
    -- Set when everyone is staged: a protobuf `fanfare.events.broadcast.v1.AudienceFrozen`. From then on no
    -- other attempt takes this one's place, so that whoever announces the audience announces this one.
    frozen bytea,
    -- Everyone is in an event, and every chunk was handed to delivery.
    published boolean NOT NULL DEFAULT false
);

CREATE INDEX dispatch_audiences_unpublished_idx ON dispatch_audiences (broadcast_id) WHERE NOT published;
