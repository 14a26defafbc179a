-- grants.sql: who may do what, applied after every change of schema or functions (S12).
--
-- chat_app changes nothing but through the functions, and reads what its statements read: neither
-- tickets nor failed logins. Functions that are not granted here are helpers of those that are. What was granted before and is not now is taken back first.
-- tests/it/db/grants.txt is the whole list, as PostgreSQL tells it.

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA chat FROM PUBLIC;

DO $$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY ARRAY['chat_app', 'chat_publisher', 'chat_backup'] LOOP
        IF to_regrole(v_role) IS NOT NULL THEN
            EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA chat FROM %I', v_role);
            EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA chat FROM %I', v_role);
            EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA chat FROM %I', v_role);
        END IF;
    END LOOP;
    IF to_regrole('chat_app') IS NOT NULL THEN
        GRANT USAGE ON SCHEMA chat TO chat_app;
        GRANT SELECT ON ALL TABLES IN SCHEMA chat TO chat_app;
        REVOKE SELECT
            ON chat.ws_tickets, chat.login_attempts, chat.rate_buckets, chat.push_subscriptions
          FROM chat_app;
        GRANT EXECUTE ON FUNCTION
              chat.uuid7(),
              chat.guard(int, uuid, uuid, bytea, int, int, int, int),
              chat.rights(text, smallint, text, smallint),
              chat.touch(text, uuid, uuid, text),
              chat.name_key(text),
              chat.login_begin(text, boolean, text, int, int, int),
              chat.login_undo(text, text),
              chat.login_failed(uuid, boolean, text, int),
              chat.login(text, text, text, uuid, uuid, text, bytea, text, text, int, bytea, int, int),
              chat.register(uuid, text, text, text, text, bytea, text),
              chat.open_session(uuid, uuid, text, bytea, text, text, int, bytea, int, int),
              chat.rotate_refresh(bytea, bytea, int, int, text),
              chat.close_session(uuid, uuid, uuid, text),
              chat.close_sessions(uuid, uuid, uuid, text),
              chat.set_profile(uuid, text, text, text, text, text),
              chat.change_password(uuid, uuid, text, text, text),
              chat.make_ticket(bytea, uuid, text, uuid, timestamptz, int),
              chat.take_ticket(bytea),
              chat.create_token(uuid, uuid, uuid, uuid, text, bytea, text, smallint, timestamptz,
                                int, text, text),
              chat.revoke_token(uuid, uuid, uuid, text),
              chat.token_permissions(text, smallint),
              chat.create_person(uuid, uuid, uuid, text, text, text, text, bytea, text, int, text),
              chat.seen(uuid[]),
              chat.presence_beat(uuid, uuid[], smallint[], int, json),
              chat.presence_of(uuid),
              chat.create_role(uuid, uuid, text, text, int, text),
              chat.delete_role(uuid, uuid, text),
              chat.set_roles(uuid, uuid, uuid[], text),
              chat.set_base_role(uuid, uuid, text, text),
              chat.set_superuser(uuid, uuid, boolean, text),
              chat.create_user(uuid, uuid, text, text, text, text, text, text),
              chat.set_user_active(uuid, uuid, boolean, text),
              chat.end_user_sessions(uuid, uuid, text),
              chat.delete_user(uuid, uuid, text),
              chat.create_room(uuid, uuid, text, text, text, boolean, text),
              chat.set_room(uuid, uuid, boolean, text, text, int, boolean, text, boolean, text),
              chat.delete_room(uuid, uuid, boolean, text),
              chat.add_member(uuid, uuid, boolean, uuid, text, text),
              chat.join_room(uuid, uuid),
              chat.leave_room(uuid, uuid),
              chat.remove_member(uuid, uuid, boolean, uuid, boolean, text),
              chat.set_member(uuid, uuid, boolean, uuid, text, timestamptz, boolean, text),
              chat.set_read(uuid, uuid, bigint),
              chat.set_reads(uuid[], uuid[], bigint[], text[], uuid[]),
              chat.unread_of(uuid, uuid),
              chat.lift_ban(uuid, uuid, boolean, uuid, text),
              chat.create_room_invite(uuid, uuid, uuid, boolean, bytea, text, timestamptz, int, text),
              chat.revoke_room_invite(uuid, uuid, boolean, uuid, text),
              chat.accept_room_invite(bytea, uuid),
              chat.report_message(uuid, uuid, uuid, uuid, text),
              chat.resolve_report(uuid, uuid, boolean, text),
              chat.index_due(int),
              chat.search_text(text),
              chat.search_config(),
              chat.search_words(tsquery),
              chat.search(uuid[], bigint[], tsquery, uuid, timestamptz, uuid, int, boolean),
              chat.post_messages(uuid[], uuid[], text[], uuid[], text[], uuid[], text[], uuid[],
                                 text[], jsonb[], jsonb[]),
              chat.open_pair(uuid, uuid, uuid),
              chat.create_group(uuid, uuid, uuid[], text),
              chat.post_direct(uuid, uuid, uuid, text, uuid, text, uuid, text, uuid, jsonb),
              chat.edit_direct(uuid, uuid, text, jsonb),
              chat.delete_direct(uuid, uuid, text),
              chat.read_direct(uuid, uuid),
              chat.read_pairs(uuid, uuid),
              chat.edit_message(uuid, uuid, uuid, boolean, text, jsonb),
              chat.delete_message(uuid, uuid, uuid, boolean, text),
              chat.change_messages(text[], uuid[], uuid[], uuid[], text[], uuid[], text[], jsonb[],
                                   text[]),
              chat.react(uuid, uuid, uuid, text, boolean),
              chat.unreact(uuid, uuid, uuid, text, boolean),
              chat.pin(uuid, uuid, uuid, boolean, text),
              chat.unpin(uuid, uuid, uuid, boolean, text),
              chat.ring(uuid[])
           TO chat_app;
    END IF;
    IF to_regrole('chat_publisher') IS NOT NULL THEN
        GRANT USAGE ON SCHEMA chat TO chat_publisher;
        GRANT EXECUTE ON FUNCTION
              chat.post_messages(uuid[], uuid[], text[], uuid[], text[], uuid[], text[], uuid[],
                                 text[], jsonb[], jsonb[]),
              chat.ring(uuid[])
           TO chat_publisher;
    END IF;
    IF to_regrole('chat_backup') IS NOT NULL THEN
        GRANT USAGE ON SCHEMA chat TO chat_backup;
        GRANT SELECT ON ALL TABLES IN SCHEMA chat TO chat_backup;
        GRANT SELECT ON ALL SEQUENCES IN SCHEMA chat TO chat_backup;   -- pg_dump reads them too
    END IF;
END
$$;
