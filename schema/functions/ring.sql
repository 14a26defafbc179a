-- ring.sql: the bell for applications that post in their own transactions.
--
-- To be called as a transaction of its own: NOTIFY holds a cluster-wide lock until its transaction has
-- committed. It touches no table, for even a SELECT may prune a page and write WAL under that lock.
-- An entry is r<uuid> (37 characters); 26 of them and their separators stay below 1 KiB.

CREATE OR REPLACE FUNCTION chat.ring(p_rooms uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    FOR i IN 1 .. coalesce(array_length(p_rooms, 1), 0) BY 26 LOOP
        PERFORM pg_notify('chatsphere', 'r' || array_to_string(p_rooms[i : i + 25], ';r'));
    END LOOP;
END
$$;
