-- throttle.sql: how often a password may be guessed (security.md S10).
--
-- Failures are counted under three keys: the account as it was typed (so that one which does not exist
-- counts alike), the address that it came from, and the two together. Each has a number of failures that
-- are free (options of the programs); beyond it each further one doubles the wait, up to a cap. Nothing
-- locks for ever: a wait ends by itself, one failure a minute is forgotten, and a refused attempt neither
-- costs a hash nor makes the wait longer.
--
--    key       cap     why
--    pair      5 min   one guesser at one account
--    account   30 s    many guessers at one account: a stranger must not keep its owner out
--    address   1 min   one guesser at many accounts: schools and offices share an address
--
-- What runs a statement is plpgsql even where one statement is all there is: it keeps its plan, which a
-- function in SQL makes at each call.
--
-- The owner of an account that many guess at would meet the waits that they begin. So who comes from an
-- address from which the account has been signed in is held to the other two keys only.

-- What an address counts as: an IPv4 address itself, of IPv6 its /64, which is one subscriber's. What is
-- missing or no address counts as one.
CREATE OR REPLACE FUNCTION chat.login_net(p_ip text) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_ip inet;
BEGIN
    v_ip := p_ip::inet;
    IF family(v_ip) = 4 THEN
        RETURN host(v_ip);
    ELSIF v_ip <<= '::ffff:0:0/96' THEN   -- IPv4 as some listeners give it; a /64 would hold them all
        RETURN host('0.0.0.0'::inet + (v_ip - '::ffff:0:0'::inet));
    END IF;
    RETURN host(network(set_masklen(v_ip, 64)));
EXCEPTION
    WHEN data_exception THEN
        RETURN NULL;
END
$$;

-- 128 bits of a digest: names of any length, and not the names themselves.
CREATE OR REPLACE FUNCTION chat.login_digest(p_what text) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT encode(substr(sha256(convert_to(p_what, 'UTF8')), 1, 16), 'hex')::uuid
$$;

-- The caps of the waits, in seconds, in the order of the keys.
CREATE OR REPLACE FUNCTION chat.login_caps() RETURNS int[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT ARRAY[300, 30, 60]
$$;

-- Whether the user has been signed in from there. The exact address: asked of one index, so that the
-- answer's time tells nothing of the account.
CREATE OR REPLACE FUNCTION chat.login_known(p_user uuid, p_ip text) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM chat.sessions AS s WHERE s.user_id = p_user AND s.ip_address = p_ip);
END
$$;

-- The keys of an attempt: pair, account, address. No name holds a line feed, so none is another's.
CREATE OR REPLACE FUNCTION chat.login_keys(p_login text, p_ip text) RETURNS uuid[]
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_name text := chat.name_key(p_login);
    v_net  text := coalesce(chat.login_net(p_ip), '-');
BEGIN
    RETURN ARRAY[chat.login_digest('p' || v_net || E'\n' || v_name), chat.login_digest('u' || v_name),
                 chat.login_digest('a' || v_net)];
END
$$;

-- The wait, in ms, after the failure that brings a count to p_failures: 1 s, 2 s, 4 s, …
CREATE OR REPLACE FUNCTION chat.login_delay(p_failures real, p_free int, p_cap_s int) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN p_failures <= p_free THEN 0
                ELSE 1000 * least(p_cap_s, 2 ^ least(p_failures - p_free - 1, 20)) END::int
$$;

CREATE OR REPLACE FUNCTION chat.login_since(p_last_at timestamptz) RETURNS double precision
LANGUAGE sql VOLATILE
AS $$
    SELECT greatest(0, extract(epoch FROM clock_timestamp() - p_last_at))
$$;

-- What is left of it. The count as it was stored gives its length, so it only goes down; when the clock
-- was set back, the whole of it.
CREATE OR REPLACE FUNCTION chat.login_wait(
    p_failures real, p_last_at timestamptz, p_free int, p_cap_s int
) RETURNS int
LANGUAGE sql VOLATILE
AS $$
    SELECT greatest(0, chat.login_delay(p_failures, p_free, p_cap_s)
                       - 1000 * chat.login_since(p_last_at))::int
$$;

-- One more failure; NULL and nothing done when its key has to wait. The count stops some doublings above
-- the free ones, so that an account is as new minutes after an attack, however long that was.
CREATE OR REPLACE FUNCTION chat.login_count(p_key uuid, p_free int, p_cap_s int) RETURNS real
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_failures real;
BEGIN
    INSERT INTO chat.login_attempts AS l (key, failures, last_at)
    VALUES (p_key, 1, clock_timestamp())
    ON CONFLICT (key) DO UPDATE
       SET failures = least(p_free + 10, 1 + greatest(0, l.failures
               - chat.login_since(l.last_at) / 60)),
           last_at = clock_timestamp()
     WHERE chat.login_wait(l.failures, l.last_at, p_free, p_cap_s) = 0
    RETURNING l.failures INTO v_failures;
    RETURN v_failures;
END
$$;

-- Takes one back, with the wait that it began: it was no failure. What time has forgotten of the others
-- stays as it was, or somebody with an account of his own would make room for guesses by logging in.
CREATE OR REPLACE FUNCTION chat.login_uncount(p_key uuid, p_cap_s int) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    UPDATE chat.login_attempts AS l
       SET failures = greatest(0, l.failures - 1) + p_cap_s / 60.0,
           last_at = l.last_at - make_interval(secs => p_cap_s)
     WHERE l.key = p_key;
END
$$;

-- Forgets counts that are older than the highest lasts. An attempt makes three rows at most and forgets
-- up to six; those that somebody else has in hand are left to him. The clock is read first: compared with
-- a volatile function, every row of the index would be read.
CREATE OR REPLACE FUNCTION chat.login_forget(p_free_most int) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_old timestamptz := clock_timestamp() - make_interval(mins => p_free_most + 11);
BEGIN
    DELETE FROM chat.login_attempts AS l
     WHERE l.key = ANY (ARRAY(
               SELECT o.key FROM chat.login_attempts AS o
                WHERE o.last_at < v_old
                ORDER BY o.last_at LIMIT 6 FOR UPDATE SKIP LOCKED));
END
$$;

-- May this attempt go on to its hash? Then it is counted as a failure already: a hundred guesses at once
-- would all see the count of none. wait_ms > 0: not yet, and nothing is counted. next_ms: the wait that
-- begins when it fails. Rows are locked in the order of the keys by everybody.
CREATE OR REPLACE FUNCTION chat.login_admit(
    p_login text, p_user uuid, p_ip text, p_free_pair int, p_free_account int, p_free_address int,
    OUT wait_ms int, OUT next_ms int
)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_keys   uuid[] := chat.login_keys(p_login, p_ip);
    v_free   int[]  := ARRAY[p_free_pair, p_free_account, p_free_address];
    v_caps   int[]  := chat.login_caps();
    v_wait   int;
    v_failed real;
BEGIN
    wait_ms := 0;
    next_ms := 0;
    FOR i IN 1..3 LOOP
        SELECT chat.login_wait(l.failures, l.last_at, v_free[i], v_caps[i]) INTO v_wait
          FROM chat.login_attempts AS l WHERE l.key = v_keys[i];
        IF i = 2 AND v_wait > 0 AND chat.login_known(p_user, p_ip) THEN
            v_free[i] := 1000000;
        ELSE
            wait_ms := greatest(wait_ms, v_wait);
        END IF;
    END LOOP;
    FOR i IN 1..3 LOOP
        EXIT WHEN wait_ms > 0;
        v_failed := chat.login_count(v_keys[i], v_free[i], v_caps[i]);
        IF v_failed IS NULL THEN   -- another attempt was counted since we looked
            wait_ms := 1000;
            PERFORM chat.login_uncount(v_keys[j], v_caps[j]) FROM generate_series(1, i - 1) AS j;
        ELSE
            next_ms := greatest(next_ms, chat.login_delay(v_failed, v_free[i], v_caps[i]));
        END IF;
    END LOOP;
    IF wait_ms = 0 THEN
        PERFORM chat.login_forget(greatest(p_free_pair, p_free_account, p_free_address));
    END IF;
END
$$;

-- The password was right: pair and account begin anew, and the address takes this one back. It is not
-- cleared: whoever has an account of his own would clear it between his guesses.
CREATE OR REPLACE FUNCTION chat.login_passed(p_login text, p_ip text) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_keys uuid[] := chat.login_keys(p_login, p_ip);
BEGIN
    DELETE FROM chat.login_attempts AS l WHERE l.key = v_keys[1];
    DELETE FROM chat.login_attempts AS l WHERE l.key = v_keys[2];
    PERFORM chat.login_uncount(v_keys[3], (chat.login_caps())[3]);
END
$$;
