-- seed.sql: what every installation has. Applying it again changes nothing.

INSERT INTO chat.epoch (id, value)
VALUES (1, substr(encode(uuid_send(gen_random_uuid()), 'hex'), 17))
ON CONFLICT (id) DO NOTHING;

INSERT INTO chat.roles (id, name, description, permissions, built_in)
VALUES ('00000000-0000-7000-8000-0000000000a1', 'ADMIN', 'Full access', 31, true),
       ('00000000-0000-7000-8000-0000000000a2', 'MODERATOR', 'Keeps order in public channels', 7, true),
       ('00000000-0000-7000-8000-0000000000a3', 'MEMBER', 'Regular user', 3, true)
ON CONFLICT (name) DO UPDATE SET permissions = excluded.permissions;

-- The lobby: everybody is in it, without rows. Its id is known to all programs.
INSERT INTO chat.rooms (id, kind, name, description, is_lobby)
VALUES ('00000000-0000-7000-8000-000000000001', 'channel', 'Lobby', 'Where everybody is', true)
ON CONFLICT (id) DO NOTHING;
INSERT INTO chat.room_seq (room_id)
VALUES ('00000000-0000-7000-8000-000000000001')
ON CONFLICT (room_id) DO NOTHING;
