/* test_cfg.c - configuration: where a value comes from, the syntax of the file, ranges, what
 * several keys say together, and that no secret is ever printed. The usual places are in etc, below the
 * folder that this works in (tests/Makefile.inc). */
#include "unit.h"

#include "cs_cfg.h"
#include "cs_cfg_table.h"
#include "cs_log.h"

#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/test_cfg.XXXXXX";
static const char file_name[] = "named.env";
static const char *const places[] = {"named.env", "etc/chatsphere.env", "credentials/secrets.env",
                                     "credentials/owner.env"};

/* Every test starts without options in the environment, with an empty file, and with nothing in the
 * usual places. */
static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < cs_options_n; i++)
        unsetenv(cs_options[i].key);
    unsetenv("CREDENTIALS_DIRECTORY");
    for (size_t i = 0; i < COUNT(places); i++)
        (void)remove(places[i]); /* a file, or a folder in its place */
    FILE *f = fopen(file_name, "w");
    return f && fclose(f) == 0 ? 0 : -1;
}

static int setup_group(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 && mkdir("etc", 0755) == 0 &&
                   mkdir("credentials", 0755) == 0 ? 0 : -1;
}

static int teardown_group(void **state)
{
    (void)setup(state);
    return unlink(file_name) || rmdir("etc") || rmdir("credentials") || rmdir(folder);
}

static void write_at(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void write_file(const char *text)
{
    write_at(file_name, text);
}

static void load(struct cs_cfg *cfg)
{
    struct cs_err err = {.rc = CS_OK};
    enum cs_rc rc = cs_cfg_load(cfg, file_name, &err);

    if (rc != CS_OK)
        fail_msg("%s", err.log);
}

/* Loading fails, and the sentence for the operator holds `want`. */
static void assert_refused(const char *want)
{
    struct cs_cfg cfg;
    struct cs_err err = {.rc = CS_OK};

    assert_int_equal(cs_cfg_load(&cfg, file_name, &err), CS_E_CONFIG);
    if (!strstr(err.log, want))
        fail_msg("\"%s\" does not say \"%s\"", err.log, want);
    cs_cfg_release(&cfg);
}

/* What --dump-config prints, NUL-terminated; the caller frees it. */
static char *dumped(const struct cs_cfg *cfg)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);

    assert_non_null(f);
    cs_cfg_dump(cfg, f);
    assert_int_equal(fclose(f), 0);
    return text;
}

static void the_default_then_the_file_then_the_environment(void **state)
{
    struct cs_cfg cfg;

    (void)state;
    load(&cfg);
    assert_int_equal(cfg.port, 8080);
    cs_cfg_release(&cfg);

    write_file("PORT=8081\n");
    load(&cfg);
    assert_int_equal(cfg.port, 8081);
    cs_cfg_release(&cfg);

    setenv("PORT", "8082", 1);
    load(&cfg);
    assert_int_equal(cfg.port, 8082);
    cs_cfg_release(&cfg);
}

static void the_file_is_in_env_syntax(void **state)
{
    struct cs_cfg cfg;

    (void)state;
    write_file("# PORT=1\n"
               "\n"
               "export PORT = 8090\r\n"
               "DATABASE_URL=\"host=db dbname=chat # no comment\"   # a comment\n"
               "CORS_ALLOW_ORIGINS='https://a.example,https://b.example'\n"
               "GATEWAY_LISTEN=unix:/run/x#y.sock # a comment\n"
               "SOMEBODY_ELSES=value\n"
               "no assignment\n"
               "LOG_LEVEL=warn\n"
               "LOG_LEVEL=debug");
    load(&cfg);
    assert_int_equal(cfg.port, 8090);
    assert_string_equal(cfg.database_url, "host=db dbname=chat # no comment");
    assert_string_equal(cfg.cors_allow_origins, "https://a.example,https://b.example");
    assert_string_equal(cfg.gateway_listen, "unix:/run/x#y.sock");
    assert_int_equal(cfg.log_level, CS_LOG_DEBUG); /* the last line wins */
    cs_cfg_release(&cfg);
}

static void an_empty_value_is_the_default_but_for_texts(void **state)
{
    struct cs_cfg cfg;

    (void)state;
    write_file("PORT=8090\nALLOW_WEAK_DURABILITY=\nDATABASE_URL=postgresql:///chat\n");
    setenv("PORT", "", 1);
    setenv("DATABASE_URL", "", 1);
    load(&cfg);
    assert_int_equal(cfg.port, 8080);
    assert_false(cfg.allow_weak_durability);
    assert_string_equal(cfg.database_url, "");
    cs_cfg_release(&cfg);
}

static void choices_are_words_in_any_case(void **state)
{
    struct cs_cfg cfg;

    (void)state;
    setenv("REGISTRATION", "Closed", 1);
    load(&cfg);
    assert_int_equal(cfg.registration, CS_REG_CLOSED);
    assert_true(cs_str_is(cs_cfg_word(&cfg, "REGISTRATION"), "closed"));
    cs_cfg_release(&cfg);
    setenv("REGISTRATION", "perhaps", 1);
    assert_refused("REGISTRATION: must be one of open|token|closed");
}

static void durations_have_units(void **state)
{
    struct cs_cfg cfg;

    (void)state;
    setenv("JWT_EXPIRES_IN", "12h", 1);
    load(&cfg);
    assert_int_equal(cfg.api_token_s, 12 * 3600);
    cs_cfg_release(&cfg);
    setenv("JWT_EXPIRES_IN", "3600", 1);
    load(&cfg);
    assert_int_equal(cfg.api_token_s, 3600);
    cs_cfg_release(&cfg);
    setenv("JWT_EXPIRES_IN", "a week", 1);
    assert_refused("JWT_EXPIRES_IN: must be a duration");
}

static void ranges_are_kept(void **state)
{
    (void)state;
    setenv("PORT", "65536", 1);
    assert_refused("PORT: must be a number from 1 to 65535");
    setenv("PORT", "8080 ", 1);
    assert_refused("PORT");
    setenv("PORT", "8080", 1);
    setenv("PASSWORD_MIN_LENGTH", "7", 1);
    assert_refused("PASSWORD_MIN_LENGTH: must be a number from 8 to 128");
    setenv("PASSWORD_MIN_LENGTH", "8", 1);
    setenv("ALLOW_WEAK_DURABILITY", "maybe", 1);
    assert_refused("ALLOW_WEAK_DURABILITY: must be true or false");
}

static void a_file_that_was_named_must_be_there(void **state)
{
    struct cs_cfg cfg;
    struct cs_err err;

    (void)state;
    assert_int_equal(cs_cfg_load(&cfg, "/nonexistent/chatsphere.env", &err), CS_E_CONFIG);
    assert_non_null(strstr(err.log, "/nonexistent/chatsphere.env: No such file"));
    cs_cfg_release(&cfg);
}

static void the_environment_may_name_the_file(void **state)
{
    struct cs_cfg cfg;
    struct cs_err err;

    (void)state;
    write_file("PORT=8099\n");
    setenv("CHATSPHERE_CONFIG", file_name, 1);
    assert_int_equal(cs_cfg_load(&cfg, NULL, &err), CS_OK);
    unsetenv("CHATSPHERE_CONFIG");
    assert_int_equal(cfg.port, 8099);
    cs_cfg_release(&cfg);
}

/* --- secrets ---------------------------------------------------------------------------------- */

/* The port that is read when `file` is named (NULL: none is). */
static int64_t port_with(const char *file)
{
    struct cs_cfg cfg;
    struct cs_err err = {.rc = CS_OK};

    if (cs_cfg_load(&cfg, file, &err) != CS_OK)
        fail_msg("%s", err.log);
    int64_t port = cfg.port;
    cs_cfg_release(&cfg);
    return port;
}

static void secrets_win_over_the_file_and_the_environment_over_them(void **state)
{
    (void)state;
    setenv("CREDENTIALS_DIRECTORY", "credentials", 1);
    write_file("PORT=1001\nREGISTRATION=closed\n");
    assert_int_equal(port_with(file_name), 1001); /* there need not be any */
    write_at("credentials/secrets.env", "export PORT='1002' # as in the file\n");
    assert_int_equal(port_with(file_name), 1002);
    setenv("PORT", "1003", 1);
    assert_int_equal(port_with(file_name), 1003);
    unsetenv("PORT");

    write_at("etc/chatsphere.env", "PORT=1004\n"); /* where no file is named it is the same */
    assert_int_equal(port_with(NULL), 1002);
}

/* What only chatspherectl is to know stands apart from what workers get. */
static void both_credentials_are_read(void **state)
{
    (void)state;
    setenv("CREDENTIALS_DIRECTORY", "credentials", 1);
    write_at("credentials/secrets.env", "PORT=1001\n");
    write_at("credentials/owner.env", "PORT=1002\n");
    assert_int_equal(port_with(file_name), 1002);
}

static void the_usual_place_is_below_sysconfdir(void **state)
{
    (void)state;
    assert_int_equal(port_with(NULL), 8080);
    write_at("etc/chatsphere.env", "PORT=1001\n");
    assert_int_equal(port_with(NULL), 1001);
}

static void secrets_that_cannot_be_read_or_used_are_named(void **state)
{
    (void)state;
    setenv("CREDENTIALS_DIRECTORY", "credentials", 1);
    write_at("credentials/secrets.env", "PORT=none\n");
    assert_refused("PORT: must be a number");
    assert_int_equal(unlink("credentials/secrets.env"), 0);
    assert_int_equal(mkdir("credentials/secrets.env", 0755), 0);
    assert_refused("credentials/secrets.env: cannot be read");
}

/* Root reads everything, so for a while this is somebody else. */
static void secrets_of_others_are_an_error(void **state)
{
    struct cs_cfg cfg;
    struct cs_err err;
    bool root = geteuid() == 0;

    (void)state;
    setenv("CREDENTIALS_DIRECTORY", "credentials", 1);
    write_at("credentials/secrets.env", "PORT=1002\n");
    assert_int_equal(chmod(".", 0755) | chmod("credentials/secrets.env", 0), 0);
    assert_int_equal(root ? seteuid(65534) : 0, 0);
    enum cs_rc rc = cs_cfg_load(&cfg, NULL, &err);
    cs_cfg_release(&cfg);
    assert_int_equal(root ? seteuid(0) : 0, 0);
    assert_int_equal(rc, CS_E_CONFIG);
    assert_non_null(strstr(err.log, "credentials/secrets.env: Permission denied"));
}

/* --- single keys ------------------------------------------------------------------------------ */

static void an_sqlite_url_is_refused_with_a_sentence(void **state)
{
    (void)state;
    setenv("DATABASE_URL", "sqlite:///./chat.db", 1);
    assert_refused(
        "DATABASE_URL: ChatSphere stores in PostgreSQL only; an SQLite file cannot be used");
}

static void only_hs256_signs(void **state)
{
    struct cs_cfg cfg;

    (void)state;
    setenv("ALGORITHM", "hs256", 1);
    load(&cfg);
    cs_cfg_release(&cfg);
    setenv("ALGORITHM", "none", 1);
    assert_refused("ALGORITHM: only HS256 is taken");
}

static void secret_key_is_another_name_and_may_not_differ(void **state)
{
    struct cs_cfg cfg;

    (void)state;
    setenv("SECRET_KEY", "fortytwo-fortytwo-fortytwo-fortytwo", 1);
    load(&cfg);
    assert_string_equal(cfg.jwt_secret, "fortytwo-fortytwo-fortytwo-fortytwo");
    cs_cfg_release(&cfg);

    setenv("JWT_SECRET", "fortytwo-fortytwo-fortytwo-fortytwo", 1);
    load(&cfg);
    cs_cfg_release(&cfg);

    setenv("JWT_SECRET", "another-another-another-another-one", 1);
    assert_refused("JWT_SECRET and SECRET_KEY are both set and differ");
}

static void the_owner_is_the_application_unless_named(void **state)
{
    struct cs_cfg cfg;

    (void)state;
    setenv("DATABASE_URL", "postgresql:///chat", 1);
    load(&cfg);
    assert_string_equal(cfg.database_owner_url, "postgresql:///chat");
    cs_cfg_release(&cfg);
    setenv("DATABASE_OWNER_URL", "postgresql://owner@/chat", 1);
    load(&cfg);
    assert_string_equal(cfg.database_owner_url, "postgresql://owner@/chat");
    cs_cfg_release(&cfg);
}

static void the_dump_masks_secrets_and_names_sources(void **state)
{
    struct cs_cfg cfg;

    (void)state;
    write_file("PORT=8090\n");
    write_at("credentials/secrets.env", "SESSION_EXPIRE_DAYS=3\n");
    setenv("CREDENTIALS_DIRECTORY", "credentials", 1);
    setenv("JWT_SECRET", "hidden-hidden-hidden-hidden-hidden", 1);
    setenv("JWT_API_SECRET", "hidden-too", 1);
    setenv("DATABASE_URL", "postgresql://chat:hid@den@db.example/chat?sslmode=require", 1);
    setenv("DATABASE_OWNER_URL", "host=db user=o password=hidden", 1);
    load(&cfg);
    char *text = dumped(&cfg);
    cs_cfg_release(&cfg);
    assert_null(strstr(text, "hid"));
    assert_non_null(strstr(text, "JWT_SECRET=***  # environment\n"));
    assert_non_null(strstr(text, "postgresql://chat:***@db.example/chat?sslmode=require"));
    assert_non_null(strstr(text, "DATABASE_OWNER_URL=***  # environment\n"));
    assert_non_null(strstr(text, "PORT=8090  # file\n"));
    assert_non_null(strstr(text, "SESSION_EXPIRE_DAYS=3  # days, credentials\n"));
    assert_non_null(strstr(text, "LOG_LEVEL=info"));
    assert_non_null(strstr(text, "JWT_EXPIRES_IN=604800  # seconds, default\n"));
    free(text);
}

static void a_password_may_stand_in_two_places_of_a_url(void **state)
{
    struct cs_cfg cfg;

    (void)state;
    setenv("DATABASE_URL", "postgresql://chat:x@db.example/chat?password=hidden", 1);
    load(&cfg);
    char *text = dumped(&cfg);
    cs_cfg_release(&cfg);
    assert_null(strstr(text, "hidden"));
    free(text);
}

static void a_refusal_never_shows_a_secret(void **state)
{
    struct cs_cfg cfg;
    struct cs_err err;
    char secret[2000];

    (void)state;
    memset(secret, 's', sizeof secret - 1);
    secret[sizeof secret - 1] = '\0';
    setenv("JWT_SECRET", secret, 1);
    assert_int_equal(cs_cfg_load(&cfg, file_name, &err), CS_E_CONFIG);
    assert_non_null(strstr(err.log, "JWT_SECRET"));
    assert_null(strstr(err.log, "ssss"));
    cs_cfg_release(&cfg);
}

static void the_example_loads_and_says_what_the_defaults_are(void **state)
{
    struct cs_cfg cfg;
    FILE *f = fopen(file_name, "w");

    (void)state;
    assert_non_null(f);
    cs_cfg_example(f);
    assert_int_equal(fclose(f), 0);
    load(&cfg);
    assert_int_equal(cfg.port, 8080);
    cs_cfg_release(&cfg);
}

static void the_example_explains_every_option(void **state)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);

    (void)state;
    assert_non_null(f);
    cs_cfg_example(f);
    assert_int_equal(fclose(f), 0);
    for (size_t i = 0; i < cs_options_n; i++) {
        struct cs_str help = cs_str_c(cs_options[i].help);
        while (help.p) {
            char want[256];
            struct cs_str part = cs_str_split(&help, '\n');
            (void)snprintf(want, sizeof want, "\n# " CS_STR_FMT "\n", CS_STR_ARG(part));
            assert_non_null(strstr(text, want));
        }
    }
    free(text);
}

/* R11: SIGHUP takes what is reloadable, and nothing of a file that is not usable. */
static void a_reload_takes_the_new_file_or_leaves_all_as_it_was(void **state)
{
    struct cs_cfg cfg;

    (void)state;
    write_file("LOG_LEVEL=error\nFRAMES_PER_MINUTE=7\nPORT=9001\n");
    load(&cfg);
    write_file("LOG_LEVEL=debug\nFRAMES_PER_MINUTE=many\n");
    cs_cfg_reload(&cfg);
    assert_int_equal(cfg.log_level, CS_LOG_ERROR);
    assert_int_equal(cfg.frames_per_min, 7);
    write_file("LOG_LEVEL=error\nFRAMES_PER_MINUTE=8\nPORT=9002\n");
    cs_cfg_reload(&cfg);
    assert_int_equal(cfg.frames_per_min, 8);
    assert_int_equal(cfg.port, 9001); /* in force until the next start */
    cs_log_set_level(CS_LOG_INFO);
    cs_cfg_release(&cfg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_default_then_the_file_then_the_environment, setup),
        cmocka_unit_test_setup(the_file_is_in_env_syntax, setup),
        cmocka_unit_test_setup(an_empty_value_is_the_default_but_for_texts, setup),
        cmocka_unit_test_setup(choices_are_words_in_any_case, setup),
        cmocka_unit_test_setup(durations_have_units, setup),
        cmocka_unit_test_setup(ranges_are_kept, setup),
        cmocka_unit_test_setup(a_file_that_was_named_must_be_there, setup),
        cmocka_unit_test_setup(the_environment_may_name_the_file, setup),
        cmocka_unit_test_setup(secrets_win_over_the_file_and_the_environment_over_them, setup),
        cmocka_unit_test_setup(both_credentials_are_read, setup),
        cmocka_unit_test_setup(the_usual_place_is_below_sysconfdir, setup),
        cmocka_unit_test_setup(secrets_that_cannot_be_read_or_used_are_named, setup),
        cmocka_unit_test_setup(secrets_of_others_are_an_error, setup),
        cmocka_unit_test_setup(an_sqlite_url_is_refused_with_a_sentence, setup),
        cmocka_unit_test_setup(only_hs256_signs, setup),
        cmocka_unit_test_setup(secret_key_is_another_name_and_may_not_differ, setup),
        cmocka_unit_test_setup(the_owner_is_the_application_unless_named, setup),
        cmocka_unit_test_setup(the_dump_masks_secrets_and_names_sources, setup),
        cmocka_unit_test_setup(a_password_may_stand_in_two_places_of_a_url, setup),
        cmocka_unit_test_setup(a_refusal_never_shows_a_secret, setup),
        cmocka_unit_test_setup(the_example_loads_and_says_what_the_defaults_are, setup),
        cmocka_unit_test_setup(the_example_explains_every_option, setup),
        cmocka_unit_test_setup(a_reload_takes_the_new_file_or_leaves_all_as_it_was, setup),
    };

    return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
