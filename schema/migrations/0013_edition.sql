-- 0013_edition: what pages of messages show beside their room's log, and what takes no seq of it: the names of
-- those who wrote. One number for all names, which the tag of every page carries: they change seldom, so
-- that a change makes all pages new costs less than to know which ones it concerns.
ALTER TABLE chat.epoch ADD COLUMN edition bigint NOT NULL DEFAULT 0;
