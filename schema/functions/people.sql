-- people.sql: accounts that applications make for their users.

-- A user without a password, and a token for him, in one transaction. p_hash and p_prefix are the
-- token's (tokens.sql).
CREATE OR REPLACE FUNCTION chat.create_person(
    p_actor uuid, p_cred uuid, p_id uuid, p_username text, p_email text, p_external_id text,
    p_full_name text, p_hash bytea, p_prefix text, p_life_s int, p_ip text
)
RETURNS TABLE (status text, username text, role text, expires_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_made text;
BEGIN
    username := normalize(p_username, NFC);
    IF char_length(username) > 100 THEN   -- a few characters become two
        status := 'name_too_long';
        RETURN NEXT;
        RETURN;
    END IF;
    status := replace(chat.login_taken(p_username, p_email, NULL), 'username', 'name');
    IF status IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;
    INSERT INTO chat.users AS u (id, username, email, external_id, full_name)
    VALUES (p_id, username, p_email, p_external_id, p_full_name)
    ON CONFLICT DO NOTHING
    RETURNING u.role INTO role;
    IF NOT FOUND THEN
        status := CASE
            WHEN EXISTS (SELECT FROM chat.users AS u
                          WHERE u.name_key = chat.name_key(p_username)) THEN 'name_taken'
            WHEN EXISTS (SELECT FROM chat.users AS u
                          WHERE lower(u.email) = lower(p_email)) THEN 'email_taken'
            WHEN EXISTS (SELECT FROM chat.users AS u
                          WHERE u.external_id = p_external_id) THEN 'external_id_taken'
            ELSE 'conflict' END;           -- who had it is gone meanwhile
        RETURN NEXT;
        RETURN;
    END IF;
    PERFORM chat.audit(p_actor, 'user_created', p_id, NULL,
                       jsonb_build_object('role', role, 'by', p_cred), p_ip);
    SELECT t.status, t.expires_at INTO v_made, expires_at
      FROM chat.create_token(p_actor, p_cred, chat.uuid7(), p_id, 'USER', p_hash, p_prefix, NULL,
                             NULL, p_life_s, p_ip) AS t;
    IF v_made <> 'ok' THEN                 -- no user without a token
        RAISE EXCEPTION USING ERRCODE = 'CS403', MESSAGE = 'not allowed';
    END IF;
    status := 'ok';
    RETURN NEXT;
END
$$;
