-- seed_demo.sql: people and rooms to look at, for `chatspherectl seed --demo`. Nobody can sign in as
-- one of them: they have no password. Applying it again changes nothing.

INSERT INTO chat.users (id, username, full_name)
VALUES ('00000000-0000-7000-8000-00000000d001', 'ada', 'Ada Lovelace'),
       ('00000000-0000-7000-8000-00000000d002', 'grace', 'Grace Hopper')
ON CONFLICT DO NOTHING;

-- One statement for each step: a function's writes are seen by the next statement, not by its own.
SELECT c.status
  FROM (VALUES ('00000000-0000-7000-8000-00000000d101'::uuid, 'General', 'Everything else'),
               ('00000000-0000-7000-8000-00000000d102', 'Support', 'Ask, and somebody answers'))
         AS n (id, name, description)
 CROSS JOIN LATERAL chat.create_room(n.id, '00000000-0000-7000-8000-00000000d001', 'channel',
                                     n.name, n.description, false, 'all') AS c
 WHERE NOT EXISTS (SELECT FROM chat.rooms AS r WHERE r.id = n.id);

SELECT j.status
  FROM chat.join_room('00000000-0000-7000-8000-00000000d101',
                      '00000000-0000-7000-8000-00000000d002') AS j;
