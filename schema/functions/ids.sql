-- ids.sql: ids, the epoch and the edition.

-- A UUID version 7 (RFC 9562), for rows whose id the caller left to us. The programs make their own.
CREATE OR REPLACE FUNCTION chat.uuid7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$
    SELECT encode(
               set_byte(
                   overlay(uuid_send(gen_random_uuid())
                           PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                           FROM 1 FOR 6),
                   6, 112 | (get_byte(uuid_send(gen_random_uuid()), 6) & 15)),
               'hex')::uuid
$$;

-- After a restore: every cursor that clients hold is of a future that is lost.
CREATE OR REPLACE FUNCTION chat.new_epoch() RETURNS text
LANGUAGE sql VOLATILE
AS $$
    INSERT INTO chat.epoch AS e (id, value)
    VALUES (1, substr(encode(uuid_send(gen_random_uuid()), 'hex'), 17))
    ON CONFLICT (id) DO UPDATE SET value = excluded.value
    RETURNING e.value
$$;

-- A name has changed, and no room has a seq of it (0013_edition).
CREATE OR REPLACE FUNCTION chat.new_edition() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE chat.epoch SET edition = edition + 1;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER users_new_edition
    AFTER UPDATE OF username ON chat.users
    FOR EACH ROW WHEN (OLD.username IS DISTINCT FROM NEW.username)
    EXECUTE FUNCTION chat.new_edition();
