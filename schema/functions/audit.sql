-- audit.sql: the audit log only grows.

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
