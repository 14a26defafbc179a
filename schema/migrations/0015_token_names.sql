-- 0015_token_names: what an API token is for, in the words of whoever made it; and applications' tokens
-- apart from those of people, of whom there are many more.
ALTER TABLE chat.api_tokens
    ADD COLUMN name text CONSTRAINT api_tokens_name_check CHECK (char_length(name) BETWEEN 1 AND 100);

CREATE INDEX api_tokens_type ON chat.api_tokens (type, id);

-- Its last parameter has another name now.
DROP FUNCTION IF EXISTS chat.create_token(uuid, uuid, uuid, uuid, text, bytea, text, smallint, timestamptz, int,
                                          text, text);
