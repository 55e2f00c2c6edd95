-- One call commits many commands of one partition; each succeeds or is refused by itself.
--
-- c_*: one entry a command, at most one command a stream. `c_request` nil: no receipt.
-- `c_expected` -1: at any version. Either is empty if that holds for all of them.
-- e_*: one entry an event; `e_command` is its command's place from 1, `e_index` its place in the
-- command from 0.
-- states: 0 appended, 1 a repeat of an answered command, 2 the stream is at another version.
-- versions, positions: for 0, the stream's version before, and the position of the first event;
-- for 1, as they were answered, with `answers`; for 2, the stream's version.
--
-- The look-ups are statements of their own on purpose: they get a snapshot taken after the lock, so
-- they see every earlier commit of the partition. Each is a subquery with LIMIT 1, whose plan is
-- right for a table of any size, and which is planned once (force_generic_plan): arrays in a target
-- list are walked in step, without being copied first as those in FROM are. This is measured by
-- `bench log`.
CREATE FUNCTION log_append(
    p smallint,
    c_request uuid[], c_stream uuid[], c_expected bigint[], c_count integer[],
    c_team uuid[], c_category text[], c_answer bytea[],
    e_command integer[], e_index integer[], e_type text[], e_id uuid[],
    e_metadata bytea[], e_payload bytea[],
    OUT states smallint[], OUT versions bigint[], OUT positions bigint[], OUT answers bytea[]
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $function$
DECLARE
    nil CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    commands CONSTANT integer := cardinality(c_stream);
    receipts CONSTANT boolean := cardinality(c_request) > 0;
    head bigint;
    appended bigint := 0;
    receipt record;
BEGIN
    SELECT h.position INTO head FROM log_heads h WHERE h.partition = p FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the log has no partition %', p USING ERRCODE = 'no_data_found';
    END IF;

    versions := ARRAY(
        SELECT COALESCE((SELECT e.version FROM log_events e
                         WHERE e.partition = p AND e.stream_id = u.stream
                         ORDER BY e.version DESC LIMIT 1), 0)
        FROM unnest(c_stream) u(stream));
    states := array_fill(0::smallint, ARRAY[commands]);
    positions := array_fill(0::bigint, ARRAY[commands]);
    answers := '{}';

    IF receipts THEN
        FOR receipt IN
            SELECT u.place, x.version, x.position, x.answer
            FROM unnest(c_stream, c_request) WITH ORDINALITY u(stream, request, place)
            CROSS JOIN LATERAL (
                SELECT r.version, r.position, r.answer FROM log_receipts r
                WHERE u.request <> nil AND r.stream_id = u.stream AND r.request_id = u.request
                LIMIT 1
            ) x
        LOOP
            IF answers = '{}' THEN
                answers := array_fill(''::bytea, ARRAY[commands]);
            END IF;
            states[receipt.place] := 1;
            versions[receipt.place] := receipt.version;
            positions[receipt.place] := receipt.position;
            answers[receipt.place] := receipt.answer;
        END LOOP;
    END IF;

    IF cardinality(c_expected) = 0 AND answers = '{}' THEN
        positions := ARRAY(
            SELECT head + 1 + COALESCE(sum(u.n) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
            FROM unnest(c_count) u(n));
        appended := cardinality(e_command);
    ELSE
        FOR i IN 1 .. commands LOOP
            IF states[i] = 1 THEN
                CONTINUE;
            ELSIF c_expected[i] NOT IN (-1, versions[i]) THEN
                states[i] := 2;
            ELSE
                positions[i] := head + 1 + appended;
                appended := appended + c_count[i];
            END IF;
        END LOOP;
    END IF;

    INSERT INTO log_events (partition, position, stream_id, version, event_id, event_type, category,
                            team_id, payload, metadata)
    SELECT p, positions[x.c] + x.i, c_stream[x.c], versions[x.c] + 1 + x.i, x.id, x.t,
           c_category[x.c], c_team[x.c], x.body, x.meta
    FROM (SELECT unnest(e_command) AS c, unnest(e_index) AS i, unnest(e_type) AS t,
                 unnest(e_id) AS id, unnest(e_metadata) AS meta, unnest(e_payload) AS body) x
    WHERE states[x.c] = 0;

    IF receipts THEN
        INSERT INTO log_receipts (stream_id, request_id, version, position, answer)
        SELECT c_stream[i], c_request[i], versions[i] + c_count[i],
               positions[i] + c_count[i] - 1, c_answer[i]
        FROM generate_series(1, commands) i
        WHERE states[i] = 0 AND c_request[i] <> nil;
    END IF;

    IF appended > 0 THEN
        UPDATE log_heads h SET position = head + appended WHERE h.partition = p;
    END IF;
END
$function$;
