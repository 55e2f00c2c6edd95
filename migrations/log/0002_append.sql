-- One call commits many commands of one partition; each succeeds or is refused by itself.
--
-- c_*: one entry a command. `c_request` nil: no receipt. `c_expected` -1: at any version.
-- e_*: one entry an event; `e_command` is its command's place from 1, `e_index` its place in the
-- command from 0. A call has at most one command a stream.
-- status: 0 appended, 1 a repeat of an answered command, 2 the stream is at another version.
-- version, log_position: of the command's last event; after a conflict the stream's version.
--
-- Two statements on purpose: the second gets a snapshot taken after the lock, so it sees every
-- earlier commit of the partition. Look-ups are laterals with LIMIT 1, since plpgsql keeps plans
-- that were made while the tables were empty, and a hash join would then scan a grown table.
CREATE FUNCTION log_append(
    p smallint,
    c_request uuid[], c_stream uuid[], c_expected bigint[], c_count integer[],
    c_team uuid[], c_category text[], c_answer bytea[],
    e_command integer[], e_index integer[], e_type text[], e_id uuid[],
    e_metadata bytea[], e_payload bytea[]
) RETURNS TABLE (status smallint, version bigint, log_position bigint, answer bytea)
LANGUAGE plpgsql AS $function$
DECLARE
    head bigint;
    total bigint;
    states smallint[];
    versions bigint[];
    positions bigint[];
    answers bytea[];
BEGIN
    SELECT h.position INTO head FROM log_heads h WHERE h.partition = p FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the log has no partition %', p USING ERRCODE = 'no_data_found';
    END IF;

    SELECT array_agg(d.state ORDER BY d.place),
           array_agg(d.current_version ORDER BY d.place),
           array_agg(d.first_position ORDER BY d.place),
           array_agg(d.earlier_answer ORDER BY d.place),
           COALESCE(sum(d.n) FILTER (WHERE d.state = 0), 0)
    INTO states, versions, positions, answers, total
    FROM (
        SELECT s.place, s.n, s.state, s.current_version, s.earlier_answer,
               CASE WHEN s.state = 1 THEN s.earlier_position
                    ELSE head + 1 + COALESCE(sum(CASE WHEN s.state = 0 THEN s.n ELSE 0 END)
                         OVER (ORDER BY s.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
               END::bigint AS first_position
        FROM (
            SELECT u.place, u.n, r.position AS earlier_position,
                   COALESCE(r.answer, ''::bytea) AS earlier_answer,
                   COALESCE(r.version, e.version, 0) AS current_version,
                   (CASE WHEN r.version IS NOT NULL THEN 1
                         WHEN u.expected = -1 OR u.expected = COALESCE(e.version, 0) THEN 0
                         ELSE 2 END)::smallint AS state
            FROM unnest(c_request, c_stream, c_expected, c_count)
                 WITH ORDINALITY u(request, stream, expected, n, place)
            LEFT JOIN LATERAL (
                SELECT x.version, x.position, x.answer FROM log_receipts x
                WHERE u.request <> '00000000-0000-0000-0000-000000000000'
                  AND x.stream_id = u.stream AND x.request_id = u.request
                LIMIT 1
            ) r ON true
            LEFT JOIN LATERAL (
                SELECT x.version FROM log_events x
                WHERE x.partition = p AND x.stream_id = u.stream
                ORDER BY x.version DESC LIMIT 1
            ) e ON true
        ) s
    ) d;

    INSERT INTO log_events (partition, position, stream_id, version, event_id, event_type, category,
                            team_id, payload, metadata)
    SELECT p, positions[x.c] + x.i, c_stream[x.c], versions[x.c] + 1 + x.i, x.id, x.t,
           c_category[x.c], c_team[x.c], x.body, x.meta
    FROM unnest(e_command, e_index, e_type, e_id, e_metadata, e_payload) x(c, i, t, id, meta, body)
    WHERE states[x.c] = 0;

    INSERT INTO log_receipts (stream_id, request_id, version, position, answer)
    SELECT c_stream[i], c_request[i], versions[i] + c_count[i], positions[i] + c_count[i] - 1, c_answer[i]
    FROM generate_subscripts(c_request, 1) i
    WHERE states[i] = 0 AND c_request[i] <> '00000000-0000-0000-0000-000000000000';

    IF total > 0 THEN
        UPDATE log_heads h SET position = head + total WHERE h.partition = p;
    END IF;

    RETURN QUERY
    SELECT states[i],
           CASE states[i] WHEN 0 THEN versions[i] + c_count[i] ELSE versions[i] END,
           CASE states[i] WHEN 0 THEN positions[i] + c_count[i] - 1 WHEN 1 THEN positions[i] ELSE 0 END,
           CASE states[i] WHEN 0 THEN c_answer[i] ELSE answers[i] END
    FROM generate_subscripts(c_request, 1) i
    ORDER BY i;
END
$function$;
