-- rls.sql: who may read what, said a second time, as row-level security. A test oracle (S12).
--
-- Written from the contract, not from the statements: test_rls.py compares the two, and tests/bench/rls
-- measures what it would cost to have them in the product. Nothing of this is installed.
--
-- Who asks is told by two settings:
--   chat.user_id   the user, or the owner of an application's token; absent: nobody, who reads nothing
--   chat.acts_as   absent: the user himself · token: a program with less than his rights · client: an
--                  application · client_admin: one with permission `admin`
-- The policies bind chat_oracle and whoever is given it. Their views belong to who applies this file, a
-- superuser, so what is looked up in them is not itself subject to policies; the planner inlines them.

DO $$
BEGIN
    IF to_regrole('chat_oracle') IS NULL THEN
        CREATE ROLE chat_oracle NOLOGIN NOBYPASSRLS;
    END IF;
END
$$;

CREATE SCHEMA rls;

-- One row, or none: who is disabled or deleted is nobody.
CREATE VIEW rls.asker AS
SELECT u.id, u.role = 'ADMIN' OR u.granted & 16 <> 0 AS is_admin,
       coalesce(current_setting('chat.acts_as', true), '') AS acts_as
  FROM chat.users AS u
 WHERE u.id = nullif(current_setting('chat.user_id', true), '')::uuid
   AND u.is_active AND u.deleted_at IS NULL;

-- Which rooms he reads, and from which seq on; one rule after the other, the widest counts.
CREATE VIEW rls.reads AS
-- the lobby is everybody's
SELECT r.id AS room_id, 0 AS from_seq
  FROM chat.rooms AS r
 CROSS JOIN rls.asker AS a
 WHERE r.is_lobby AND r.deleted_at IS NULL
UNION ALL
-- members, as long as they are; their past from their last joining on, where the room says so. An
-- application is not in its owner's direct conversations
SELECT r.id, CASE r.history_visibility WHEN 'all' THEN 0 ELSE m.since_seq END
  FROM chat.room_members AS m
  JOIN chat.rooms AS r ON r.id = m.room_id
  JOIN rls.asker AS a ON a.id = m.user_id
 WHERE m.state = 'member' AND r.deleted_at IS NULL AND (a.acts_as IN ('', 'token') OR r.kind <> 'p2p')
UNION ALL
-- an ADMIN and an application read every room, but no direct conversation; that takes the permission
SELECT r.id, 0
  FROM chat.rooms AS r
 CROSS JOIN rls.asker AS a
 WHERE r.deleted_at IS NULL
   AND CASE a.acts_as
       WHEN '' THEN a.is_admin AND r.kind <> 'p2p'
       WHEN 'client' THEN r.kind <> 'p2p'
       WHEN 'client_admin' THEN true
       ELSE false END;

-- Which rooms he knows of: those that he reads, and public ones.
CREATE VIEW rls.sees AS
SELECT o.room_id FROM rls.reads AS o
UNION ALL
SELECT r.id
  FROM chat.rooms AS r
 CROSS JOIN rls.asker AS a
 WHERE NOT r.is_private AND r.deleted_at IS NULL;

GRANT USAGE ON SCHEMA rls, chat TO chat_oracle;
GRANT SELECT ON ALL TABLES IN SCHEMA rls TO chat_oracle;
GRANT SELECT ON chat.rooms, chat.room_members, chat.messages, chat.room_events, chat.message_edits,
                chat.reactions TO chat_oracle;

ALTER TABLE chat.rooms ENABLE ROW LEVEL SECURITY;
CREATE POLICY oracle ON chat.rooms FOR SELECT TO chat_oracle
    USING (EXISTS (SELECT FROM rls.sees AS o WHERE o.room_id = rooms.id));

-- Of the others only who is a member; of himself also that he was one, or is banned.
ALTER TABLE chat.room_members ENABLE ROW LEVEL SECURITY;
CREATE POLICY oracle ON chat.room_members FOR SELECT TO chat_oracle
    USING (state = 'member'
           AND EXISTS (SELECT FROM rls.reads AS o WHERE o.room_id = room_members.room_id)
           OR user_id = nullif(current_setting('chat.user_id', true), '')::uuid
              AND EXISTS (SELECT FROM rls.sees AS o WHERE o.room_id = room_members.room_id));

ALTER TABLE chat.messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY oracle ON chat.messages FOR SELECT TO chat_oracle
    USING (EXISTS (SELECT FROM rls.reads AS o
                    WHERE o.room_id = messages.room_id AND o.from_seq <= messages.seq));

ALTER TABLE chat.room_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY oracle ON chat.room_events FOR SELECT TO chat_oracle
    USING (EXISTS (SELECT FROM rls.reads AS o
                    WHERE o.room_id = room_events.room_id AND o.from_seq <= room_events.seq));

-- What a message said before: only as long as it still says something.
ALTER TABLE chat.message_edits ENABLE ROW LEVEL SECURITY;
CREATE POLICY oracle ON chat.message_edits FOR SELECT TO chat_oracle
    USING (EXISTS (SELECT FROM chat.messages AS g
                    WHERE g.room_id = message_edits.room_id AND g.seq = message_edits.seq
                      AND g.deleted_at IS NULL));

ALTER TABLE chat.reactions ENABLE ROW LEVEL SECURITY;
CREATE POLICY oracle ON chat.reactions FOR SELECT TO chat_oracle
    USING (EXISTS (SELECT FROM chat.messages AS g
                    WHERE g.room_id = reactions.room_id AND g.seq = reactions.seq));
