-- 0001_initial: who may speak. Users, roles, credentials, and what belongs to a user alone.
--
-- Passwords, session tokens, refresh tokens and API tokens are stored as hashes only. A user is
-- anonymised, never deleted (the name is released, the messages stay), so the cascades below fire
-- only when an operator really removes a row; none of them reaches a room or a message.
-- The schema itself is there: `chatspherectl migrate` keeps its books in it.
-- Lengths are refused by the programs first; the CHECKs are for whoever else may write.

CREATE TABLE chat.users (
    id            uuid        PRIMARY KEY,
    username      text        NOT NULL CONSTRAINT users_username_key UNIQUE
                              CHECK (char_length(username) BETWEEN 1 AND 100),
    email         text        CHECK (char_length(email) <= 255),
    password_hash text,       -- NULL: no login by password (made by an application, or anonymised)
    role          text        NOT NULL DEFAULT 'MEMBER'
                              CHECK (role IN ('ADMIN', 'MODERATOR', 'MEMBER')),
    full_name     text        CHECK (char_length(full_name) <= 255),
    bio           text,
    is_active     boolean     NOT NULL DEFAULT true,
    external_id   text        CONSTRAINT users_external_id_key UNIQUE,
    last_seen     timestamptz,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_at    timestamptz
) WITH (fillfactor = 85);     -- last_seen moves once a minute: room for a HOT update

-- Names are compared exactly, addresses as mail systems do.
CREATE UNIQUE INDEX users_email_key ON chat.users (lower(email));

-- The base role is users.role; this table lists it among the roles that an operator adds.
CREATE TABLE chat.roles (
    id          uuid        PRIMARY KEY,
    name        text        NOT NULL CONSTRAINT roles_name_key UNIQUE
                            CHECK (char_length(name) BETWEEN 1 AND 100),
    description text        CHECK (char_length(description) <= 255),
    permissions jsonb       NOT NULL DEFAULT '{}',
    built_in    boolean     NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE chat.user_roles (
    user_id    uuid        NOT NULL REFERENCES chat.users ON DELETE CASCADE,
    role_id    uuid        NOT NULL REFERENCES chat.roles ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_id, role_id)
);
CREATE INDEX user_roles_role_id ON chat.user_roles (role_id);

-- A session is what an access token names (kind jwt) or what an opaque token opens. It is also the
-- family of its refresh tokens: revoking it ends them all.
CREATE TABLE chat.sessions (
    id           uuid        PRIMARY KEY,
    user_id      uuid        NOT NULL REFERENCES chat.users ON DELETE CASCADE,
    kind         text        NOT NULL CHECK (kind IN ('jwt', 'opaque')),
    token_hash   bytea       CONSTRAINT sessions_token_hash_key UNIQUE
                             CHECK (octet_length(token_hash) = 32),
    device_info  text        CHECK (char_length(device_info) <= 255),
    ip_address   text        CHECK (char_length(ip_address) <= 50),
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_used_at timestamptz,
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    CHECK ((kind = 'opaque') = (token_hash IS NOT NULL))
) WITH (fillfactor = 85);     -- last_used_at, as above
CREATE INDEX sessions_user_id ON chat.sessions (user_id);

-- Generation n is used up when n + 1 is made. family_ends_at is the absolute end, handed down.
CREATE TABLE chat.refresh_tokens (
    session_id     uuid        NOT NULL REFERENCES chat.sessions ON DELETE CASCADE,
    generation     int         NOT NULL,
    user_id        uuid        NOT NULL REFERENCES chat.users ON DELETE CASCADE,
    token_hash     bytea       NOT NULL CONSTRAINT refresh_tokens_token_hash_key UNIQUE
                               CHECK (octet_length(token_hash) = 32),
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at     timestamptz NOT NULL,
    family_ends_at timestamptz NOT NULL,
    used_at        timestamptz,
    PRIMARY KEY (session_id, generation)
);

CREATE TABLE chat.api_tokens (
    id           uuid        PRIMARY KEY,
    user_id      uuid        NOT NULL REFERENCES chat.users ON DELETE CASCADE,
    type         text        NOT NULL DEFAULT 'USER' CHECK (type IN ('USER', 'CLIENT')),
    token_hash   bytea       NOT NULL CONSTRAINT api_tokens_token_hash_key UNIQUE
                             CHECK (octet_length(token_hash) = 32),
    prefix       text        NOT NULL,   -- the first characters, so that people recognise it
    permissions  jsonb       CHECK (jsonb_typeof(permissions) = 'object'),
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz
) WITH (fillfactor = 85);
CREATE INDEX api_tokens_user_id ON chat.api_tokens (user_id);

CREATE TABLE chat.user_blocks (
    user_id    uuid        NOT NULL REFERENCES chat.users ON DELETE CASCADE,
    blocked_id uuid        NOT NULL REFERENCES chat.users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_id, blocked_id),
    CHECK (user_id <> blocked_id)
);

CREATE TABLE chat.push_subscriptions (
    user_id    uuid        NOT NULL REFERENCES chat.users ON DELETE CASCADE,
    id         uuid        NOT NULL,
    endpoint   text        NOT NULL CONSTRAINT push_subscriptions_endpoint_key UNIQUE,
    keys       jsonb       NOT NULL,     -- p256dh and auth, as the browser gave them
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_id, id)
);

-- The second, small log: what concerns one user on all devices. Gap-free in useq.
CREATE TABLE chat.user_seq (
    user_id   uuid   PRIMARY KEY REFERENCES chat.users ON DELETE CASCADE,
    last_useq bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE chat.user_events (
    user_id    uuid        NOT NULL,
    useq       bigint      NOT NULL,
    kind       text        NOT NULL CHECK (kind IN
               ('room_added', 'room_removed', 'mention', 'read_moved', 'role_changed')),
    data       jsonb       NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_id, useq)
);

-- Append-only (functions/audit.sql refuses the rest). The identity is no cursor for anybody.
CREATE TABLE chat.audit_log (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor_id   uuid,       -- NULL: the system, or an application
    action     text        NOT NULL,
    target_id  uuid,
    room_id    uuid,
    ip_address text,
    data       jsonb       NOT NULL DEFAULT '{}'   -- never a message's text, never a token
);

-- Token buckets of the write limit. UNLOGGED: after a crash everybody starts with a full one.
CREATE UNLOGGED TABLE chat.rate_buckets (
    user_id    uuid             NOT NULL,
    name       text             NOT NULL,
    tokens     double precision NOT NULL,
    updated_at timestamptz      NOT NULL,
    PRIMARY KEY (user_id, name)
) WITH (fillfactor = 50);

-- The random part of the epoch: replaced after a restore, so that no cursor of the lost future counts.
CREATE TABLE chat.epoch (
    id    smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    value text     NOT NULL CHECK (value ~ '^[0-9a-f]{16}$')
);
