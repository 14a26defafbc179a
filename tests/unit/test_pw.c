/* test_pw.c - password hashes: argon2id made here, argon2 and bcrypt from elsewhere, all the
 * refusals. */
#include "failmalloc.h"
#include "unit.h"

#include <time.h>

#include "cs_phc.h"
#include "cs_pw.h"

/* Small enough for a test that hashes often. */
static const struct cs_pw_params cheap = {.memory_kib = 64, .passes = 1, .lanes = 1};

/* Vectors of the argon2 reference implementation (test.c): password and somesalt. */
static const char argon2id_vector[] =
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
static const char argon2id_two_lanes[] =
    "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc";
static const char argon2i_v16[] =
    "$argon2i$v=16$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY";

static char stored[CS_PW_HASH_MAX + 1];
static struct cs_err err;

static enum cs_rc verify(const char *password, const char *hash)
{
    return cs_pw_verify(cs_str_c(password), cs_str_c(hash), &err);
}

static void a_new_hash_verifies_and_only_with_its_password(void **state)
{
    char other[CS_PW_HASH_MAX + 1];

    (void)state;
    assert_int_equal(cs_pw_hash(&cheap, CS_LIT("correct horse"), stored, &err), CS_OK);
    assert_true(cs_str_starts(cs_str_c(stored), CS_LIT("$argon2id$v=19$m=64,t=1,p=1$")));
    assert_int_equal(verify("correct horse", stored), CS_OK);
    assert_int_equal(verify("correct horsf", stored), CS_E_BAD_LOGIN);
    assert_int_equal(verify("correct hors", stored), CS_E_BAD_LOGIN);
    assert_int_equal(verify("", stored), CS_E_BAD_LOGIN);
    assert_string_equal(cs_err_detail(&err), "Invalid username or password");
    assert_int_equal(cs_pw_hash(&cheap, CS_LIT("correct horse"), other, &err), CS_OK);
    assert_string_not_equal(stored, other); /* a salt of its own */
}

static void the_default_is_19_mib_two_passes_one_lane(void **state)
{
    struct cs_pw_params params = CS_PW_DEFAULT;

    (void)state;
    assert_int_equal(cs_pw_hash(&params, CS_LIT("correct horse"), stored, &err), CS_OK);
    assert_true(cs_str_starts(cs_str_c(stored), CS_LIT("$argon2id$v=19$m=19456,t=2,p=1$")));
    assert_int_equal(verify("correct horse", stored), CS_OK);
    assert_false(cs_pw_needs_rehash(&params, cs_str_c(stored)));
}

static void hashes_of_the_reference_implementation_verify(void **state)
{
    static const char *const hashes[] = {argon2id_vector, argon2id_two_lanes, argon2i_v16};

    (void)state;
    for (size_t i = 0; i < COUNT(hashes); i++) {
        assert_int_equal(verify("password", hashes[i]), CS_OK);
        assert_int_equal(verify("passwore", hashes[i]), CS_E_BAD_LOGIN);
    }
}

static void bcrypt_of_older_systems_verifies(void **state)
{
    /* crypt_blowfish's own vectors */
    static const char *const hashes[] = {
        "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(hashes); i++) {
        assert_int_equal(verify("U*U", hashes[i]), CS_OK);
        assert_int_equal(verify("U*V", hashes[i]), CS_E_BAD_LOGIN);
        assert_int_equal(verify("", hashes[i]), CS_E_BAD_LOGIN);
        assert_true(cs_pw_needs_rehash(&cheap, cs_str_c(hashes[i])));
    }
}

/* bcrypt looks at 72 bytes: what is longer would match with any end, so it does not match at all.
 */
static void bcrypt_never_truncates(void **state)
{
    static const char hash[] = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
    static const char password[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789chars after 72 are ignored";

    (void)state;
    assert_int_equal(cs_pw_verify(cs_str_n(password, 72), cs_str_c(hash), &err), CS_OK);
    assert_int_equal(cs_pw_verify(cs_str_n(password, 73), cs_str_c(hash), &err), CS_E_BAD_LOGIN);
}

static void passwords_have_8_to_128_bytes_and_are_never_cut(void **state)
{
    char text[CS_PW_MAX_BYTES + 2];

    (void)state;
    memset(text, 'p', sizeof text);
    assert_int_equal(cs_pw_hash(&cheap, cs_str_n(text, 7), stored, &err), CS_E_BAD_FIELD);
    assert_string_equal(err.detail, "password: must have 8 to 128 bytes");
    assert_int_equal(cs_pw_hash(&cheap, cs_str_n(text, 129), stored, &err), CS_E_BAD_FIELD);
    assert_int_equal(cs_pw_hash(&cheap,
                                cs_str_n("1234\0"
                                         "5678",
                                         9),
                                stored, &err),
                     CS_E_BAD_FIELD);
    assert_int_equal(cs_pw_hash(&cheap, cs_str_n(text, 8), stored, &err), CS_OK);
    assert_int_equal(cs_pw_hash(&cheap, cs_str_n(text, 128), stored, &err), CS_OK);
    assert_int_equal(cs_pw_verify(cs_str_n(text, 128), cs_str_c(stored), &err), CS_OK);
    assert_int_equal(cs_pw_verify(cs_str_n(text, 127), cs_str_c(stored), &err), CS_E_BAD_LOGIN);
    assert_int_equal(cs_pw_verify(cs_str_n(text, 129), cs_str_c(stored), &err), CS_E_BAD_LOGIN);
    assert_int_equal(cs_pw_verify(CS_LIT("U*U\0x"),
                                  CS_LIT("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyu"
                                         "RGyh0XouQYb4YMJKvyOeW"),
                                  &err),
                     CS_E_BAD_LOGIN);
}

static void unreadable_hashes_are_our_fault_not_a_wrong_password(void **state)
{
    static const char *const bad[] = {
        "",
        "!",
        "password",
        "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$",
        "$argon2id$v=19$m=256,t=2,p=1$$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=18$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4=",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/5",
        "$argon2id$v=19$m=256,t=2$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=0,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=999,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=1,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2x$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2a$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2a$xx$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2a$05$CCCCCCCCCCCCCCCCCCC:C.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (verify("password", bad[i]) != CS_E_INTERNAL)
            fail_msg("taken: %s", bad[i]);
        assert_true(err.log[0] != '\0');
        assert_true(cs_pw_needs_rehash(&cheap, cs_str_c(bad[i])));
    }
}

static void other_costs_ask_for_a_new_hash(void **state)
{
    struct cs_pw_params more_memory = cheap, more_passes = cheap;

    (void)state;
    more_memory.memory_kib *= 2;
    more_passes.passes++;
    assert_int_equal(cs_pw_hash(&cheap, CS_LIT("correct horse"), stored, &err), CS_OK);
    assert_false(cs_pw_needs_rehash(&cheap, cs_str_c(stored)));
    assert_true(cs_pw_needs_rehash(&more_memory, cs_str_c(stored)));
    assert_true(cs_pw_needs_rehash(&more_passes, cs_str_c(stored)));
    assert_true(cs_pw_needs_rehash(&cheap, cs_str_c(argon2id_vector)));
    assert_true(cs_pw_needs_rehash(&cheap, cs_str_c(argon2i_v16)));
}

static void impossible_costs_are_a_configuration_error(void **state)
{
    static const struct cs_pw_params bad[] = {
        {.memory_kib = 1, .passes = 1, .lanes = 1},
        {.memory_kib = 64, .passes = 0, .lanes = 1},
        {.memory_kib = 64, .passes = 1, .lanes = 0},
        {.memory_kib = CS_PHC_MEMORY_MAX_KIB + 1, .passes = 1, .lanes = 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(cs_pw_hash(&bad[i], CS_LIT("correct horse"), stored, &err), CS_E_CONFIG);
}

/* The processor's time, not the clock's: what is compared is work, and the machine has others to
 * do. */
static uint64_t worked_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static uint64_t least_us(bool dummy, const struct cs_pw_params *params)
{
    uint64_t best = UINT64_MAX;

    for (int i = 0; i < 5; i++) {
        uint64_t start = worked_us();
        enum cs_rc rc = dummy ? cs_pw_dummy_verify(params, CS_LIT("wrong horse"), &err)
                              : cs_pw_verify(CS_LIT("wrong horse"), cs_str_c(stored), &err);
        uint64_t took = worked_us() - start;
        assert_int_equal(rc, CS_E_BAD_LOGIN);
        best = took < best ? took : best;
    }
    return best;
}

/* S8: the least work of five runs each, within a factor of two of one another. */
static void an_unknown_name_costs_what_a_known_one_does(void **state)
{
    struct cs_pw_params params = CS_PW_DEFAULT;

    (void)state;
    assert_int_equal(cs_pw_hash(&params, CS_LIT("correct horse"), stored, &err), CS_OK);
    uint64_t known = least_us(false, &params), unknown = least_us(true, &params);
    assert_true(known < 2 * unknown && unknown < 2 * known);
}

static bool hash_then_verify_both_kinds(void)
{
    enum cs_rc rc = cs_pw_hash(&cheap, CS_LIT("correct horse"), stored, &err);

    if (!rc)
        rc = verify("correct horse", stored);
    if (!rc)
        rc = verify("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
    assert_true(rc == CS_OK || rc == CS_E_NO_MEMORY);
    return rc == CS_OK;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(failmalloc_sweep(hash_then_verify_both_kinds) >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_hash_verifies_and_only_with_its_password),
        cmocka_unit_test(the_default_is_19_mib_two_passes_one_lane),
        cmocka_unit_test(hashes_of_the_reference_implementation_verify),
        cmocka_unit_test(bcrypt_of_older_systems_verifies),
        cmocka_unit_test(bcrypt_never_truncates),
        cmocka_unit_test(passwords_have_8_to_128_bytes_and_are_never_cut),
        cmocka_unit_test(unreadable_hashes_are_our_fault_not_a_wrong_password),
        cmocka_unit_test(other_costs_ask_for_a_new_hash),
        cmocka_unit_test(impossible_costs_are_a_configuration_error),
        cmocka_unit_test(an_unknown_name_costs_what_a_known_one_does),
        cmocka_unit_test(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
