-- 0003_roles: the group roles that the programs' login roles are put into.
--
--   chat_app        the workers and the gateway: functions, reading, and the identity tables
--   chat_publisher  an application that posts in its own transactions: names the sender itself
--   chat_backup     reads everything
--
-- Roles belong to the cluster, not to this database: another one may have made them already, or
-- may be making them at this moment. An owner without CREATEROLE goes on without: grants.sql then
-- grants nothing, and the programs connect as the owner.

DO $$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY ARRAY['chat_app', 'chat_publisher', 'chat_backup'] LOOP
        BEGIN
            IF to_regrole(v_role) IS NULL THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', v_role);
            END IF;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN
                NULL;   -- made by a neighbour in the meantime
            WHEN insufficient_privilege THEN
                RAISE NOTICE 'role % cannot be created here: its grants are skipped', v_role;
        END;
    END LOOP;
END
$$;
