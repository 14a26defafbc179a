-- rights.sql: what somebody may, as bits. src/common/cs_rights.h has the same numbers.
--
--    1 read      what its holder may see
--    2 write     act as its holder: post, join, own rooms, own profile
--    4 rooms     rooms of others: applications manage them, users keep order in public channels
--    8 users     accounts of others: make them, issue their tokens
--   16 admin     everything that needs an ADMIN
--   32           any good credential
--   64           a session: somebody who signed in with a password, not a program with a token

-- A USER token has at most what its owner has. A CLIENT token acts for all users and stands alone.
CREATE OR REPLACE FUNCTION chat.rights(
    p_role text, p_granted smallint, p_token_type text, p_permissions smallint
) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE p_token_type
               WHEN 'CLIENT' THEN 32 | coalesce(p_permissions, 15)
               WHEN 'USER' THEN 32 | (coalesce(p_permissions, 3)
                   & (CASE p_role WHEN 'ADMIN' THEN 31 WHEN 'MODERATOR' THEN 7 ELSE 3 END | p_granted))
               ELSE 96 | CASE p_role WHEN 'ADMIN' THEN 31 WHEN 'MODERATOR' THEN 7 ELSE 3 END | p_granted
           END
$$;

-- Whether the credential of this transaction leaves its user a right that his role gives him: a token
-- may have been given less. Said by chat.guard; true where no guard has spoken (an application's own
-- transaction, the command line).
CREATE OR REPLACE FUNCTION chat.leaves_right(p_bit int) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT coalesce(nullif(current_setting('chat.rights', true), '')::int & p_bit <> 0, true)
$$;

-- The key under which a user's name is unique: the expression of chat.users.name_key.
CREATE OR REPLACE FUNCTION chat.name_key(p_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT lower(normalize(p_name, NFKC) COLLATE "und-x-icu") COLLATE "C"
$$;
