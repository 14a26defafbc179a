-- 0011_reactions: who reacts may be an application.

-- Replaced by functions with another argument.
DROP FUNCTION IF EXISTS chat.react(uuid, uuid, uuid, text);
DROP FUNCTION IF EXISTS chat.unreact(uuid, uuid, uuid, text);
DROP FUNCTION IF EXISTS chat.set_reaction(uuid, uuid, uuid, text, boolean);
