-- changes.sql: changes of messages as the gateway asks for them: a batch, each by the credential of a
-- socket. What each one does, and its statuses, is messages.sql and reactions.sql; here is who may ask.

-- One of a batch. Beside the statuses of the change itself: unauthorized, not_allowed. The rights needed
-- are those of the routes: an application changes others' messages as one that manages rooms.
CREATE OR REPLACE FUNCTION chat.change_one(
    p_verb text, p_room uuid, p_message uuid, p_actor uuid, p_cred_kind text, p_cred_id uuid,
    p_text text, p_mentions jsonb, p_ip text
)
RETURNS TABLE (status text, seq bigint, mentioned uuid[])
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v record;
BEGIN
    SELECT h.* INTO v FROM chat.held_rights(p_cred_kind, p_cred_id, p_actor) AS h;
    IF v.rights IS NULL THEN
        RETURN QUERY SELECT 'unauthorized', NULL::bigint, NULL::uuid[];
        RETURN;
    END IF;
    IF (v.rights & CASE WHEN v.is_client AND p_verb IN ('edit', 'delete') THEN 4 ELSE 2 END) = 0 THEN
        RETURN QUERY SELECT 'not_allowed', NULL::bigint, NULL::uuid[];
        RETURN;
    END IF;
    PERFORM set_config('chat.rights', v.rights::text, true);
    CASE p_verb
        WHEN 'edit' THEN
            RETURN QUERY
            SELECT c.status, c.seq, c.mentioned
              FROM chat.edit_message(p_room, p_message, p_actor, v.is_client, p_text, p_mentions) AS c;
        WHEN 'delete' THEN
            RETURN QUERY
            SELECT c.status, c.seq, NULL::uuid[]
              FROM chat.delete_message(p_room, p_message, p_actor, v.is_client, p_ip) AS c;
        ELSE
            RETURN QUERY
            SELECT c.status, c.seq, NULL::uuid[]
              FROM chat.set_reaction(p_room, p_message, p_actor, p_text, p_verb = 'react', v.is_client) AS c;
    END CASE;
END
$$;

-- One result a change, in the order given, which is the order in which they are made.
CREATE OR REPLACE FUNCTION chat.change_messages(
    p_verbs text[], p_rooms uuid[], p_messages uuid[], p_actors uuid[], p_cred_kinds text[],
    p_cred_ids uuid[], p_texts text[], p_mentions jsonb[], p_ips text[]
)
RETURNS TABLE (ord int, status text, seq bigint, mentioned uuid[])
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM chat.lock_rooms(p_rooms);
    FOR i IN 1 .. coalesce(cardinality(p_rooms), 0) LOOP
        RETURN QUERY
        SELECT i, c.status, c.seq, c.mentioned
          FROM chat.change_one(p_verbs[i], p_rooms[i], p_messages[i], p_actors[i], p_cred_kinds[i],
                               p_cred_ids[i], p_texts[i], p_mentions[i], p_ips[i]) AS c;
    END LOOP;
END
$$;
