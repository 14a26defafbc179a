/* cs_cfg_table.c - the option table: every key that any program knows. See cs_cfg.h. */
#include "cs_cfg_table.h"

#include <stddef.h>

#define AT(member) offsetof(struct cs_cfg, member)

static const char registrations[] = "open|token|closed";
/* The text search configurations that every PostgreSQL has (manual, 12.1.3). */
static const char languages[] =
    "simple|arabic|armenian|basque|catalan|danish|dutch|english|finnish|french|german|greek|hindi|"
    "hungarian|indonesian|irish|italian|lithuanian|nepali|norwegian|portuguese|romanian|russian|"
    "serbian|spanish|swedish|tamil|turkish|yiddish";
static const char levels[] = "error|warn|info|debug";

const struct cs_option cs_options[] = {
    {"DATABASE_URL", CS_O_TEXT, AT(database_url), "", 0, 4096, "", CS_O_SECRET_URL,
     "PostgreSQL, as the application's role: postgresql://user:password@host:port/dbname.\n"
     "Several hosts are tried in order; the one that takes writes is used."},
    {"DATABASE_OWNER_URL", CS_O_TEXT, AT(database_owner_url), "", 0, 4096, "", CS_O_SECRET_URL,
     "PostgreSQL, as the role that owns the schema, for `chatspherectl migrate`.\n"
     "Empty: DATABASE_URL."},
    {"JWT_SECRET", CS_O_TEXT, AT(jwt_secret), "", 0, 1024, "", CS_O_SECRET,
     "Signs access tokens: 32 bytes or more, the same on every host.\n"
     "Make one with: openssl rand -base64 48"},
    {"JWT_SECRET_PREVIOUS", CS_O_TEXT, AT(jwt_secret_previous), "", 0, 1024, "", CS_O_SECRET,
     "The key before the last rotation: what it signed stays valid until it expires."},
    {"SECRET_KEY", CS_O_TEXT, AT(secret_key), "", 0, 1024, "", CS_O_SECRET,
     "Another name of JWT_SECRET, for configurations that have it already."},
    {"JWT_API_SECRET", CS_O_TEXT, AT(jwt_api_secret), "", 0, 1024, "accepted and unused",
     CS_O_SECRET, "Accepted and unused: API tokens are opaque here and need no key."},
    {"ALGORITHM", CS_O_TEXT, AT(algorithm), "HS256", 0, 16, "", 0,
     "How access tokens are signed. Only HS256."},
    {"JWT_EXPIRES_IN", CS_O_DURATION, AT(api_token_s), "7d", 60, 3650 * 86400LL, "duration", 0,
     "Life of an API token that is made without an expiry: 7d, 12h, 30m or seconds."},
    {"ACCESS_TOKEN_EXPIRE_MINUTES", CS_O_INT, AT(access_token_min), "15", 1, 1440, "minutes", 0,
     "Life of an access token."},
    {"REFRESH_TOKEN_EXPIRE_DAYS", CS_O_INT, AT(refresh_token_days), "7", 1, 30, "days", 0,
     "How long a session may stay unused before it has to log in again."},
    {"SESSION_EXPIRE_DAYS", CS_O_INT, AT(session_days), "30", 1, 3650, "days", 0,
     "How long a session may live at all, and the life of an opaque session token."},
    {"REGISTRATION", CS_O_CHOICE, AT(registration), "open", 0, 0, registrations, 0,
     "Who may make an account: anyone, holders of an invite token, nobody."},
    {"PASSWORD_MIN_LENGTH", CS_O_INT, AT(password_min), "8", 8, 128, "bytes", 0,
     "The shortest password taken."},
    {"ARGON2_MEMORY_KIB", CS_O_INT, AT(argon2_kib), "19456", 8192, 1048576, "KiB", 0,
     "Memory of one password hash."},
    {"ARGON2_PASSES", CS_O_INT, AT(argon2_passes), "2", 1, 16, "passes", 0,
     "Passes of one password hash."},
    {"HASHES_AT_ONCE", CS_O_INT, AT(hashes_at_once), "0", 0, 1024, "hashes", 0,
     "Passwords that the workers of this machine hash at the same time.\n"
     "0: half as many as it has processors."},
    {"HASH_QUEUE", CS_O_INT, AT(hash_queue), "6", 0, 1024, "requests", 0,
     "Requests that may wait for a hash; further ones are told to come again (429). The auth pool\n"
     "needs a worker for each of these and each hash, and one or two more to say so."},
    {"LOGIN_FREE_FAILURES", CS_O_INT, AT(login_free_pair), "5", 1, 10000, "failures",
     CS_O_RELOADABLE,
     "Wrong passwords for one account from one address before somebody has to wait. Each further\n"
     "one doubles the wait, up to 5 minutes; one is forgotten each minute."},
    {"LOGIN_FREE_FAILURES_ACCOUNT", CS_O_INT, AT(login_free_account), "30", 1, 100000, "failures",
     CS_O_RELOADABLE,
     "The same for one account from anywhere; up to 30 seconds."},
    {"LOGIN_FREE_FAILURES_ADDRESS", CS_O_INT, AT(login_free_address), "100", 1, 1000000, "failures",
     CS_O_RELOADABLE,
     "The same for any account from one address (IPv6: one /64); up to 1 minute. Schools and\n"
     "offices share an address."},
    {"CORS_ALLOW_ORIGINS", CS_O_TEXT, AT(cors_allow_origins), "", 0, 4096, "list", 0,
     "Origins besides the own host that browsers may call from, separated by commas.\n"
     "* allows any, without credentials, and none for WebSockets."},
    {"PORT", CS_O_INT, AT(port), "8080", 1, 65535, "", 0,
     "The public port that deploy/quickstart gives to its web server."},
    {"PUBLIC_URL", CS_O_TEXT, AT(public_url), "", 0, 1024, "", 0,
     "Where people come, such as https://chat.example.org: `chatspherectl doctor` looks there.\n"
     "Empty: http://127.0.0.1."},
    {"GATEWAY_LISTEN", CS_O_TEXT, AT(gateway_listen), "127.0.0.1:8081", 1, 120, "", 0,
     "Where the gateway listens for the web server: unix:/path/to.sock or 127.0.0.1:port."},
    {"GATEWAY_WRITERS", CS_O_INT, AT(gateway_writers), "4", 1, 64, "connections", 0,
     "Database connections of a gateway that write; rooms are spread over them."},
    {"GATEWAY_MAX_SOCKETS", CS_O_INT, AT(max_sockets), "20000", 1, 1000000, "sockets", 0,
     "Sockets that one gateway takes; further ones are refused with 503."},
    {"SOCKETS_PER_USER", CS_O_INT, AT(sockets_per_user), "10", 1, 1000000, "sockets",
     CS_O_RELOADABLE,
     "Sockets of one user at one gateway."},
    {"ROOMS_PER_SOCKET", CS_O_INT, AT(rooms_per_socket), "128", 1, 100000, "rooms", CS_O_RELOADABLE,
     "Rooms that one socket may have joined."},
    {"FRAMES_PER_MINUTE", CS_O_INT, AT(frames_per_min), "120", 1, 100000000, "frames",
     CS_O_RELOADABLE,
     "Frames that one socket may send in a minute."},
    {"FRAMES_BURST", CS_O_INT, AT(frames_burst), "30", 1, 100000000, "frames", CS_O_RELOADABLE,
     "Frames that may come at once."},
    {"MESSAGES_PER_MINUTE", CS_O_INT, AT(messages_per_min), "60", 1, 100000000, "messages",
     CS_O_RELOADABLE,
     "Messages that one user may send to one room in a minute, over sockets: each gateway\n"
     "counts by itself."},
    {"MESSAGES_BURST", CS_O_INT, AT(messages_burst), "10", 1, 100000000, "messages",
     CS_O_RELOADABLE,
     "Messages to one room that may come at once."},
    {"WRITES_PER_MINUTE", CS_O_INT, AT(writes_per_min), "600", 0, 1000000, "requests",
     CS_O_RELOADABLE,
     "Writing requests of one user in a minute, over HTTP; and, counted apart by each gateway,\n"
     "his changes of messages over sockets. Applications are not limited.\n"
     "0: nobody is."},
    {"PING_INTERVAL_MS", CS_O_INT, AT(ping_ms), "25000", 100, 3600000, "ms", 0,
     "How long a socket may be silent before the gateway pings it."},
    {"PONG_TIMEOUT_MS", CS_O_INT, AT(pong_ms), "8000", 100, 3600000, "ms", 0,
     "How long the answer to a ping may take."},
    {"DRAIN_MS", CS_O_INT, AT(drain_ms), "2000", 0, 600000, "ms", 0,
     "Over how long a gateway that stops spreads the closing of its sockets."},
    {"GATEWAY_CUT_OFF_MS", CS_O_INT, AT(cut_off_ms), "0", 0, 3600000, "ms", CS_O_RELOADABLE,
     "How long a gateway goes without its database before it sends its sockets away as it does when\n"
     "it stops, so that they go to a gateway that may have it. For several hosts: 5000, say.\n"
     "0: never; sockets stay and hear everything when the database is back."},
    {"DATABASE_DEADLINE_MS", CS_O_INT, AT(db_deadline_ms), "8000", 100, 600000, "ms", 0,
     "The longest that anything waits for the database."},
    {"ALLOW_WEAK_DURABILITY", CS_O_BOOL, AT(allow_weak_durability), "false", 0, 0, "", 0,
     "Start although PostgreSQL may lose what it has acknowledged (fsync or synchronous_commit\n"
     "off). For demonstrations only."},
    {"RUN_DIR", CS_O_TEXT, AT(run_dir), "/run/chatsphere", 1, 1024, "", 0,
     "A directory that the workers may write to, and no other service: what they share about hashes\n"
     "is there. It may be empty after a restart."},
    {"SCHEMA_DIR", CS_O_TEXT, AT(schema_dir), CS_SCHEMA_DIR, 1, 1024, "", 0,
     "Where the SQL files of `chatspherectl migrate` and `seed` are installed."},
    {"SEARCH_LANGUAGE", CS_O_CHOICE, AT(search_language), "simple", 0, 0, languages, 0,
     "How search tells words apart: with a language `running` finds `run`, and words like `the` are\n"
     "not looked for; `simple` takes words as they are, of any language. One for the whole\n"
     "database: `chatspherectl migrate` puts a change into force, and the index is made anew."},
    {"LOG_LEVEL", CS_O_CHOICE, AT(log_level), "info", 0, 0, levels, CS_O_RELOADABLE,
     "How much is logged, to standard error."},
};

const size_t cs_options_n = sizeof cs_options / sizeof *cs_options;
