-- One call commits many commands; each succeeds or is refused by itself.
--
-- p_partition: the partitions that are appended to, ascending, so that no two calls wait for each
-- other; `p_events` how many events the call has for each.
-- c_*: one entry a command, at most one command a stream. `c_place` is its partition's place in
-- `p_partition`, from 1; `c_offset` how many events the call has before it in that partition.
-- `c_request` nil: no receipt. `c_expected` -1: at any version. Either is empty if that holds for all.
-- e_*: one entry an event; `e_command` is its command's place from 1, `e_index` its place in the
-- command from 0.
-- states: 0 appended, 1 a repeat of an answered command, 2 the stream is at another version.
-- versions, positions: for 0, the stream's version before, and the first event's position; for 1,
-- as they were answered, with `answers`; for 2, the stream's version.
--
-- The look-ups are statements of their own on purpose: they get a snapshot taken after the lock, so
-- they see every earlier commit of the partitions. Each has LIMIT 1 and so a plan that is right
-- for a table of any size, made once (force_generic_plan). Arrays in a target list are walked in
-- step; those in FROM would be copied first. `bench log` measures it.
CREATE FUNCTION log_append(
    p_partition smallint[], p_events integer[],
    c_place integer[], c_offset integer[], c_count integer[],
    c_stream uuid[], c_expected bigint[], c_request uuid[], c_answer bytea[],
    c_team uuid[], c_category text[],
    e_command integer[], e_index integer[], e_type text[], e_id uuid[],
    e_metadata bytea[], e_payload bytea[],
    OUT states smallint[], OUT versions bigint[], OUT positions bigint[], OUT answers bytea[]
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $function$
DECLARE
    nil CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    commands CONSTANT integer := cardinality(c_stream);
    receipts CONSTANT boolean := cardinality(c_request) > 0;
    heads bigint[];
    receipt record;
    place integer;
BEGIN
    heads := ARRAY(
        SELECT h.position FROM log_heads h WHERE h.partition = ANY (p_partition)
        ORDER BY h.partition FOR UPDATE);
    IF cardinality(heads) <> cardinality(p_partition) THEN
        RAISE EXCEPTION 'the log has not all partitions of %', p_partition USING ERRCODE = 'no_data_found';
    END IF;

    versions := ARRAY(
        SELECT COALESCE((SELECT e.version FROM log_events e
                         WHERE e.partition = u.partition AND e.stream_id = u.stream
                         ORDER BY e.version DESC LIMIT 1), 0)
        FROM (SELECT p_partition[unnest(c_place)] AS partition, unnest(c_stream) AS stream) u);
    positions := ARRAY(
        SELECT heads[u.place] + 1 + u.before
        FROM (SELECT unnest(c_place) AS place, unnest(c_offset) AS before) u);
    states := array_fill(0::smallint, ARRAY[commands]);
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

    -- Otherwise every command is appended, and its events are where they would be.
    IF answers <> '{}' OR c_expected <> '{}' AND c_expected <> versions THEN
        p_events := array_fill(0, ARRAY[cardinality(p_partition)]);
        FOR i IN 1 .. commands LOOP
            place := c_place[i];
            IF states[i] = 1 THEN
                CONTINUE;
            -- NULL if no command of the call expects a version.
            ELSIF c_expected[i] NOT IN (-1, versions[i]) THEN
                states[i] := 2;
            ELSE
                positions[i] := heads[place] + 1 + p_events[place];
                p_events[place] := p_events[place] + c_count[i];
            END IF;
        END LOOP;
    END IF;

    INSERT INTO log_events (partition, position, stream_id, version, event_id, event_type, category,
                            team_id, payload, metadata)
    SELECT p_partition[c_place[x.c]], positions[x.c] + x.i, c_stream[x.c], versions[x.c] + 1 + x.i, x.id, x.t,
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

    UPDATE log_heads h SET position = h.position + u.events
    FROM (SELECT unnest(p_partition) AS partition, unnest(p_events) AS events) u
    WHERE h.partition = u.partition AND u.events > 0;
END
$function$;
