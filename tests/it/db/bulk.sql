-- bulk.sql: much of everything at once, as months of use through the functions would have left it.
--
-- Written set by set, for a million calls of chat.post_messages would take half an hour; so what the
-- functions keep consistent is kept here: the log without a hole over messages and events, msg_no dense,
-- rev, the counters of rooms, threads and reactions, read positions, own messages after them, the logs of
-- users. bulk.py has filled pg_temp.size (one row: messages, rooms, users, reader) and pg_temp.texts
-- (n from 0, text). The messages are written in the order of their times, so that a room's pages lie
-- scattered over the table, as they do in use.
--
-- Everything is a function of numbers: user 0 is the reader (already there), who is in every fifth room;
-- one room in ten is of two people. Rooms are of very different sizes.

-- --- people ---------------------------------------------------------------------------------------------

CREATE FUNCTION pg_temp.id(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN md5(kind || n)::uuid;
-- With its time in front, as UUIDv7 has it.
CREATE FUNCTION pg_temp.message_id(at timestamptz, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
        || substr(md5(n::text), 4, 15))::uuid;

CREATE TEMP TABLE people AS
SELECT n, CASE WHEN n = 0 THEN s.reader ELSE pg_temp.id('user', n) END AS id
  FROM pg_temp.size AS s, generate_series(0, s.users - 1) AS n;

INSERT INTO chat.users (id, username, email, full_name, created_at)
SELECT id, 'user.' || n || '.' || substr(md5(n::text), 1, 6), 'user' || n || '@bulk.example.org', 'User ' || n,
       now() - interval '400 days'
  FROM people WHERE n > 0;
INSERT INTO chat.sessions (id, user_id, kind, token_hash, last_used_at, expires_at)
SELECT pg_temp.id(kind, p.n), p.id, kind, CASE WHEN kind = 'opaque' THEN sha256(p.n::text::bytea) END, now(),
       now() + interval '30 days'
  FROM people AS p, unnest(ARRAY['jwt', 'opaque']) AS kind;
INSERT INTO chat.refresh_tokens (session_id, generation, user_id, token_hash, expires_at, family_ends_at, used_at)
SELECT s.id, g, s.user_id, sha256((s.id::text || g)::bytea), now() + interval '7 days', now() + interval '30 days',
       CASE WHEN g < 3 THEN now() END
  FROM people AS p JOIN chat.sessions AS s ON s.id = pg_temp.id('jwt', p.n), generate_series(1, 3) AS g;
INSERT INTO chat.api_tokens (id, user_id, type, token_hash, prefix, expires_at)
SELECT pg_temp.id('token', n), id, CASE WHEN n % 100 = 0 THEN 'CLIENT' ELSE 'USER' END, sha256(('t' || n)::bytea),
       'cs_', now() + interval '90 days'
  FROM people;
INSERT INTO chat.user_blocks (user_id, blocked_id)
SELECT a.id, b.id FROM people AS a JOIN people AS b ON b.n = (a.n * 7 + 3) % (SELECT users FROM pg_temp.size) AND b.n <> a.n;
INSERT INTO chat.roles (id, name, permissions) SELECT pg_temp.id('role', n), 'Role ' || n, 3 FROM generate_series(1, 50) AS n;
INSERT INTO chat.user_roles (user_id, role_id) SELECT id, pg_temp.id('role', 1 + n % 50) FROM people;
UPDATE chat.users SET granted = 3 WHERE id IN (SELECT id FROM people);
INSERT INTO chat.audit_log (at, actor_id, action, target_id)
SELECT now() - interval '1 minute' * (20000 - i), pg_temp.id('user', 1 + i % 500),
       (ARRAY['login', 'member_updated', 'role_created', 'token_created'])[1 + i % 4], pg_temp.id('user', 1 + i % 700)
  FROM generate_series(1, 20000) AS i;
INSERT INTO chat.rate_buckets (user_id, name, tokens, updated_at) SELECT id, 'write', 1, now() FROM people;
INSERT INTO chat.login_attempts (key, failures, last_at) SELECT id, 1, now() FROM people;
INSERT INTO chat.ws_tickets (token_hash, user_id, cred_kind, cred_id, expires_at)
SELECT sha256(('w' || n)::bytea), id, 'session', pg_temp.id('jwt', n), now() + interval '30 seconds' FROM people WHERE n < 20;
INSERT INTO chat.registration_invites (id, token_hash, prefix) SELECT pg_temp.id('reg', n), sha256(('r' || n)::bytea), 'cs_'
  FROM generate_series(1, 1000) AS n;

-- --- rooms and their members ----------------------------------------------------------------------------

CREATE TEMP TABLE places AS
SELECT k, pg_temp.id('room', k) AS id, k % 5 = 0 AS of_reader,
       CASE WHEN k % 20 IN (9, 15) THEN 'p2p' WHEN k % 3 = 0 THEN 'group' ELSE 'channel' END AS kind,
       CASE WHEN k % 20 IN (9, 15) THEN 2 ELSE least(s.users / 3, 12 + 800 / (k + 4)) END::int AS members
  FROM pg_temp.size AS s, generate_series(0, s.rooms - 1) AS k;
ALTER TABLE places ADD PRIMARY KEY (k);

-- ord 0 is the owner; the reader, where he is, comes first. The step has no divisor in common with the number.
CREATE TEMP TABLE seats AS
SELECT p.k, p.id AS room_id, o AS ord, u.id AS user_id
  FROM places AS p, pg_temp.size AS s, generate_series(0, p.members - 1) AS o, people AS u
 WHERE u.n = CASE WHEN p.of_reader AND o = 0 THEN 0 ELSE 1 + (p.k * 37 + o * 61) % (s.users - 1) END;
ALTER TABLE seats ADD PRIMARY KEY (k, ord);

INSERT INTO chat.rooms (id, kind, name, description, is_private, history_visibility, created_by, created_at)
SELECT p.id, p.kind, CASE WHEN p.kind <> 'p2p' THEN 'Room ' || p.k END, NULL, p.kind <> 'channel',
       CASE WHEN p.k % 7 = 0 AND p.kind = 'group' THEN 'since_join' ELSE 'all' END, o.user_id, now() - interval '399 days'
  FROM places AS p JOIN seats AS o ON o.k = p.k AND o.ord = 0;
INSERT INTO chat.p2p_pairs (lo, hi, room_id)
SELECT least(a.user_id, b.user_id), greatest(a.user_id, b.user_id), p.id
  FROM places AS p JOIN seats AS a ON a.k = p.k AND a.ord = 0 JOIN seats AS b ON b.k = p.k AND b.ord = 1
 WHERE p.kind = 'p2p';
INSERT INTO chat.room_members (room_id, user_id, role, since_seq, joined_at)
SELECT s.room_id, s.user_id, CASE WHEN p.kind <> 'p2p' AND s.ord = 0 THEN 'owner' ELSE 'member' END, s.ord + 1,
       now() - interval '399 days' + interval '1 second' * s.ord
  FROM seats AS s JOIN places AS p USING (k);
INSERT INTO chat.room_events (room_id, seq, kind, actor_id, subject_id, data, created_at)
SELECT m.room_id, m.since_seq, 'member_joined', m.user_id, m.user_id, jsonb_build_object('role', m.role), m.joined_at
  FROM chat.room_members AS m JOIN places AS p ON p.id = m.room_id;
INSERT INTO chat.user_events (user_id, useq, kind, data)
SELECT user_id, row_number() OVER (PARTITION BY user_id ORDER BY room_id), 'room_added', jsonb_build_object('roomId', room_id)
  FROM seats;
INSERT INTO chat.user_seq (user_id, last_useq) SELECT user_id, max(useq) FROM chat.user_events
 WHERE user_id IN (SELECT id FROM people) GROUP BY user_id;
INSERT INTO chat.room_invites (id, code_hash, prefix, room_id, created_by)
SELECT pg_temp.id('invite', k), sha256(('i' || k)::bytea), 'cs_', room_id, user_id FROM seats WHERE ord = 0;

-- --- the log --------------------------------------------------------------------------------------------

-- What happened, in the order of time: one entry in twenty is a change of an earlier message. Rooms are
-- drawn with 1 / (k + 10), so the largest of a thousand has a fiftieth of all.
SELECT setseed(0.5);
CREATE TEMP TABLE entries AS
SELECT i, i % 20 <> 19 AS is_message, now() - interval '1 year' * (1 - i::float8 / (s.messages * 20 / 19)) AS at,
       least(s.rooms - 1, floor(10 * power((s.rooms + 10) / 10.0::float8, random()) - 10))::int AS k, random() AS who
  FROM pg_temp.size AS s, generate_series(0, s.messages * 20 / 19 - 1) AS i;
CREATE TEMP TABLE story AS
SELECT e.i, e.is_message, e.at, e.k, floor(p.members * e.who * e.who)::int AS ord,
       p.members + row_number() OVER w AS seq, count(*) FILTER (WHERE e.is_message) OVER w AS msg_no,
       count(*) FILTER (WHERE NOT e.is_message) OVER w AS change_no
  FROM entries AS e JOIN places AS p USING (k)
WINDOW w AS (PARTITION BY e.k ORDER BY e.i ROWS UNBOUNDED PRECEDING);
ANALYZE story;

-- Each change concerns another message: an edit, a deletion, a pin, most often a reaction.
CREATE TEMP TABLE changes AS
SELECT c.k, c.seq, c.change_no * 15 AS msg_no, t.seq AS target_seq, c.at, a.user_id AS actor_id,
       CASE WHEN t.seq IS NULL THEN 'room_updated'
            WHEN c.change_no % 10 = 0 THEN 'message_edited'
            WHEN c.change_no % 10 = 5 THEN 'message_deleted'
            WHEN c.change_no = 7 THEN 'pinned'
            ELSE 'reaction_added' END AS kind
  FROM story AS c
  JOIN seats AS a ON a.k = c.k AND a.ord = c.ord
  LEFT JOIN story AS t ON t.k = c.k AND t.is_message AND t.msg_no = c.change_no * 15 AND t.seq < c.seq
 WHERE NOT c.is_message;

-- Replies: the messages of a room whose number ends in 3; their root is the first of the fifty.
CREATE TEMP TABLE threads AS
SELECT k, msg_no / 50 * 50 + 1 AS root_no, count(*)::int AS replies, max(seq) AS last_seq
  FROM story WHERE is_message AND msg_no % 10 = 3 GROUP BY 1, 2;

INSERT INTO chat.room_events (room_id, seq, kind, actor_id, target_seq, data, created_at)
SELECT p.id, c.seq, c.kind, c.actor_id, c.target_seq,
       CASE c.kind WHEN 'reaction_added' THEN '{"emoji": "👍"}' ELSE '{}' END::jsonb, c.at
  FROM changes AS c JOIN places AS p USING (k) ORDER BY c.at;
INSERT INTO chat.reactions (room_id, seq, emoji, user_id, created_at)
SELECT p.id, c.target_seq, '👍', c.actor_id, c.at FROM changes AS c JOIN places AS p USING (k) WHERE c.kind = 'reaction_added';
INSERT INTO chat.pins (room_id, seq, pinned_by, pinned_at)
SELECT p.id, c.target_seq, c.actor_id, c.at FROM changes AS c JOIN places AS p USING (k) WHERE c.kind = 'pinned';
INSERT INTO chat.message_edits (room_id, seq, rev, editor_id, content, edited_at)
SELECT p.id, c.target_seq, c.seq, c.actor_id, 'as it was', c.at FROM changes AS c JOIN places AS p USING (k)
 WHERE c.kind = 'message_edited';

INSERT INTO chat.messages (room_id, seq, msg_no, rev, id, sender_id, created_at, edited_at, deleted_at, parent_id,
                           parent_seq, reply_count, client_id, content, reactions)
SELECT p.id, e.seq, e.msg_no, greatest(e.seq, c.seq, h.last_seq), pg_temp.message_id(e.at, e.i), a.user_id, e.at,
       CASE WHEN c.kind = 'message_edited' THEN c.at END, CASE WHEN c.kind = 'message_deleted' THEN c.at END,
       pg_temp.message_id(root.at, root.i), root.seq, coalesce(h.replies, 0), 'b' || e.i,
       CASE WHEN c.kind IS DISTINCT FROM 'message_deleted' THEN x.text || y.text || CASE WHEN e.i % 1000 = 7
            THEN ' ticket' || e.i ELSE '' END ELSE '' END,
       CASE WHEN c.kind = 'reaction_added' THEN '{"👍": 1}' ELSE '{}' END::jsonb
  FROM story AS e
  JOIN places AS p USING (k)
  JOIN seats AS a ON a.k = e.k AND a.ord = e.ord
  JOIN (SELECT count(*) AS n FROM pg_temp.texts) AS t ON true
  JOIN pg_temp.texts AS x ON x.n = e.i % t.n
  JOIN pg_temp.texts AS y ON y.n = (e.i * 7919 / t.n) % t.n
  LEFT JOIN changes AS c ON c.k = e.k AND c.msg_no = e.msg_no AND c.target_seq IS NOT NULL
  LEFT JOIN threads AS h ON h.k = e.k AND h.root_no = e.msg_no
  LEFT JOIN story AS root ON root.k = e.k AND root.is_message AND e.msg_no % 10 = 3 AND root.msg_no = e.msg_no / 50 * 50 + 1
 WHERE e.is_message
 ORDER BY e.i;

-- One message in fifty mentions somebody, every other one of these the room; a deletion takes them back.
INSERT INTO chat.mentions (room_id, user_id, seq)
SELECT a.room_id, CASE WHEN e.i % 100 <> 0 THEN a.user_id END, e.seq
  FROM story AS e JOIN places AS p USING (k) JOIN seats AS a ON a.k = e.k AND a.ord = (e.i / 50) % p.members
  LEFT JOIN changes AS c ON c.k = e.k AND c.target_seq = e.seq AND c.kind = 'message_deleted'
 WHERE e.is_message AND e.i % 50 = 0 AND e.ord <> a.ord AND c.k IS NULL;

INSERT INTO chat.reports (id, room_id, message_id, reporter_id, created_at)
SELECT pg_temp.id('report', e.k), p.id, pg_temp.message_id(e.at, e.i), a.user_id, e.at
  FROM story AS e JOIN places AS p USING (k) JOIN seats AS a ON a.k = e.k AND a.ord = e.ord
 WHERE e.is_message AND e.msg_no = 3;

-- --- what is counted ------------------------------------------------------------------------------------

INSERT INTO chat.room_seq (room_id, last_seq, msg_count, member_count, last_at)
SELECT p.id, p.members + count(e.i), coalesce(max(e.msg_no), 0), p.members, coalesce(max(e.at), now() - interval '399 days')
  FROM places AS p LEFT JOIN story AS e USING (k) GROUP BY p.k;

-- Everybody has read most of it: a third all, the others up to a place in the last fifth of the log.
CREATE TEMP TABLE marks AS
SELECT a.k, a.room_id, a.user_id, a.ord,
       CASE WHEN (a.k + a.ord) % 3 = 0 THEN s.last_seq
            ELSE greatest(a.ord + 1, s.last_seq - (s.last_seq - p.members) / 5 * (1 + (a.k * 7 + a.ord * 11) % 100) / 101)
            END AS read_seq
  FROM seats AS a JOIN places AS p USING (k) JOIN chat.room_seq AS s ON s.room_id = p.id;
CREATE TEMP TABLE spoken AS
SELECT m.k, m.ord, count(*) FILTER (WHERE e.seq > m.read_seq) AS own_after, max(e.at) AS last_at
  FROM marks AS m JOIN story AS e ON e.k = m.k AND e.ord = m.ord AND e.is_message GROUP BY 1, 2;
INSERT INTO chat.room_reads (room_id, user_id, read_seq, read_no, own_after, last_post_at)
SELECT m.room_id, m.user_id, m.read_seq, coalesce(e.msg_no, 0), coalesce(o.own_after, 0), o.last_at
  FROM marks AS m
  LEFT JOIN story AS e ON e.k = m.k AND e.seq = m.read_seq
  LEFT JOIN spoken AS o ON o.k = m.k AND o.ord = m.ord;
