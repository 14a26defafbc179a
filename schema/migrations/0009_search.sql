-- 0009_search: the index of search, beside the messages.
--
-- A row stands for a stretch of a room's log, 64 of them as a rule: all words of its messages, without
-- their positions. It says where to look; what is found is then decided by the messages themselves, as
-- they are. So the index is small (a word that each message has takes one entry for 64), and
-- nothing in it can show what was deleted or may not be read.
-- What stands behind a room's last stretch is not indexed yet and is searched message by message: so
-- the index may be filled later, by others than the poster, and nothing is found later for it.

CREATE TABLE chat.search_blocks (
    room_id   uuid        NOT NULL,
    first_seq bigint      NOT NULL,
    last_seq  bigint      NOT NULL,
    first_at  timestamptz NOT NULL,     -- created_at of its first and its last message; without any,
    last_at   timestamptz NOT NULL,     -- infinity and -infinity
    words     tsvector    NOT NULL,
    PRIMARY KEY (room_id, first_seq)
) WITH (toast_tuple_target = 128);      -- the words stand apart: only their index is read
-- Entries wait in a list and are merged together, which takes a fifth of the time of merging each by
-- itself; a short list, for each search reads it.
CREATE INDEX search_blocks_words ON chat.search_blocks USING gin (words)
    WITH (fastupdate = on, gin_pending_list_limit = 512);

-- How words are told apart and brought to their stems: the name of a text search configuration.
-- chat.set_search_language writes it, since the index has to be made anew with it.
CREATE TABLE chat.search_language (
    id   smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    name text     NOT NULL
);
INSERT INTO chat.search_language (name) VALUES ('simple');

-- What is to be indexed: a room that has grown by some 64, or an indexed message that has changed. Each
-- is a row of its own, so that nobody who posts ever waits for who indexes.
CREATE TABLE chat.search_due (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room_id uuid   NOT NULL,
    seq     bigint NOT NULL    -- the message that has changed, or the room's last
);

-- What was there before the index.
INSERT INTO chat.search_due (room_id, seq) SELECT s.room_id, s.last_seq FROM chat.room_seq AS s;
