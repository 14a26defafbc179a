-- audit.sql: the audit log only grows. The grants give nobody UPDATE or DELETE; the trigger says the
-- same to the owner, whose mistakes they do not stop.

CREATE OR REPLACE FUNCTION chat.refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'chat.% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE OR REPLACE TRIGGER audit_log_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON chat.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION chat.refuse_change();

-- What the functions report: p_actor did p_action to p_target (NULL: an application, the command line).
CREATE OR REPLACE FUNCTION chat.audit(
    p_actor uuid, p_action text, p_target uuid, p_room uuid, p_data jsonb, p_ip text DEFAULT NULL
) RETURNS void
LANGUAGE sql VOLATILE
AS $$
    INSERT INTO chat.audit_log (actor_id, action, target_id, room_id, data, ip_address)
    VALUES (p_actor, p_action, p_target, p_room, p_data, p_ip)
$$;
