-- 0016_figures: each gateway says with its beat how it is doing, for administrators (functions/presence.sql).
ALTER TABLE chat.gateways
    ADD COLUMN figures json CONSTRAINT gateways_figures_check CHECK (octet_length(figures::text) <= 8192);

DROP FUNCTION IF EXISTS chat.presence_beat(uuid, uuid[], smallint[], int);
