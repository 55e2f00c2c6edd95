-- A team's list is read by the time of drafting; two broadcasts may have the same.
DROP INDEX broadcasts_team_idx;
CREATE INDEX broadcasts_team_idx ON broadcasts (team_id, drafted_at DESC, broadcast_id DESC);
