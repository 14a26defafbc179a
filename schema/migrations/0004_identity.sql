-- 0004_identity: names that look alike are one name, permissions as bits, and what logging in, sockets
-- and invitations keep for a while.

-- One person a name, however it is written: two names that differ in case, or in the encoding of the
-- same letters, are the same. chat.name_key (functions/rights.sql) computes the same for what is looked
-- up. COLLATE "C" lets the index serve prefixes too.
ALTER TABLE chat.users
    DROP CONSTRAINT users_username_key,
    ADD COLUMN name_key text COLLATE "C" NOT NULL
        GENERATED ALWAYS AS (lower(normalize(username, NFKC) COLLATE "und-x-icu") COLLATE "C") STORED
        CONSTRAINT users_name_key UNIQUE,
    -- What the user's own roles permit together, beside the base role: so that no guard joins for it.
    ADD COLUMN granted smallint NOT NULL DEFAULT 0 CHECK (granted BETWEEN 0 AND 31);

-- Permissions are bits: 1 read, 2 write, 4 rooms, 8 users, 16 admin (functions/rights.sql). A token
-- without any of its own (NULL) has those of its type.
ALTER TABLE chat.roles
    ALTER COLUMN permissions DROP DEFAULT,
    ALTER COLUMN permissions TYPE smallint USING 0,
    ALTER COLUMN permissions SET DEFAULT 0,
    ADD CONSTRAINT roles_permissions_check CHECK (permissions BETWEEN 0 AND 31);
ALTER TABLE chat.api_tokens
    DROP CONSTRAINT api_tokens_permissions_check,
    ALTER COLUMN permissions TYPE smallint USING NULL,
    ADD CONSTRAINT api_tokens_permissions_check CHECK (permissions BETWEEN 0 AND 31);

-- Failed logins: of an account, of an address, and of the two together (security.md S10). The key is a
-- digest, for accounts that do not exist are counted alike. UNLOGGED: a crash forgives.
CREATE UNLOGGED TABLE chat.login_attempts (
    key      uuid        PRIMARY KEY,
    failures real        NOT NULL,
    last_at  timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX login_attempts_last_at ON chat.login_attempts (last_at);

-- A ticket opens one socket within 30 s, as the credential that asked for it. UNLOGGED: a client asks
-- for another one.
CREATE UNLOGGED TABLE chat.ws_tickets (
    token_hash      bytea       PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    user_id         uuid        NOT NULL,
    cred_kind       text        NOT NULL CHECK (cred_kind IN ('session', 'api_token')),
    cred_id         uuid        NOT NULL,
    cred_expires_at timestamptz,    -- of an access token; NULL: the session's or token's own row knows
    expires_at      timestamptz NOT NULL
);
CREATE INDEX ws_tickets_expires_at ON chat.ws_tickets (expires_at);

-- REGISTRATION=token: who holds one of these may make an account.
CREATE TABLE chat.registration_invites (
    id         uuid        PRIMARY KEY,
    token_hash bytea       NOT NULL CONSTRAINT registration_invites_token_hash_key UNIQUE
                           CHECK (octet_length(token_hash) = 32),
    prefix     text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    max_uses   int         NOT NULL DEFAULT 1 CHECK (max_uses > 0),
    uses       int         NOT NULL DEFAULT 0,
    revoked_at timestamptz
);

-- The audit log is read from its end: all of it, one action, or what concerns one user. It grows by few
-- rows a minute, so these cost nothing that is noticed.
CREATE INDEX audit_log_action ON chat.audit_log (action, id);
CREATE INDEX audit_log_actor_id ON chat.audit_log (actor_id, id) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_log_target_id ON chat.audit_log (target_id, id) WHERE target_id IS NOT NULL;

-- Replaced by functions with other arguments.
DROP FUNCTION IF EXISTS chat.guard(int, uuid, uuid, bytea, int, int);
DROP FUNCTION IF EXISTS chat.audit(uuid, text, uuid, uuid, jsonb);
DROP FUNCTION IF EXISTS chat.close_session(uuid);
DROP FUNCTION IF EXISTS chat.close_sessions(uuid, uuid);
DROP FUNCTION IF EXISTS chat.rotate_refresh(bytea, bytea, int, int);
