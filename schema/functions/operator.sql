-- operator.sql: what the command line alone may. Nobody is granted these.

-- A new password for somebody who has lost his, or whose password somebody else has found. What he signed
-- in with ends; his API tokens are programs, and stay.
CREATE OR REPLACE FUNCTION chat.reset_password(p_user uuid, p_hash text) RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_ended int := cardinality(ARRAY(SELECT chat.end_sessions(p_user, NULL)));
BEGIN
    UPDATE chat.users AS u SET password_hash = p_hash, updated_at = clock_timestamp()
     WHERE u.id = p_user AND u.deleted_at IS NULL;
    IF NOT FOUND THEN
        RETURN 'user_not_found';
    END IF;
    -- of a login that was faster
    v_ended := v_ended + cardinality(ARRAY(SELECT chat.end_sessions(p_user, NULL)));
    DELETE FROM chat.ws_tickets AS t WHERE t.user_id = p_user AND t.cred_kind = 'session';
    PERFORM chat.audit(NULL, 'password_reset', p_user, NULL, jsonb_build_object('ended', v_ended));
    RETURN 'ok';
END
$$;
