-- 0014_presence: who has a socket at which gateway, and which gateways are alive (functions/presence.sql).
-- UNLOGGED, both: after a crash of the server nobody is there, and the gateways say again who is.
CREATE UNLOGGED TABLE chat.gateways (
    id      uuid PRIMARY KEY,   -- of a process
    beat_at timestamptz NOT NULL
);

-- The sockets of one user at one gateway have one status together: 1 away, 2 online, 3 busy. No foreign
-- key to the account: what a gateway says does not wait for who changes it, and nobody stays for long.
CREATE UNLOGGED TABLE chat.presence (
    user_id    uuid NOT NULL,
    gateway_id uuid NOT NULL,
    status     smallint NOT NULL CHECK (status BETWEEN 1 AND 3),
    PRIMARY KEY (user_id, gateway_id)
);
CREATE INDEX presence_gateway_id ON chat.presence (gateway_id);
