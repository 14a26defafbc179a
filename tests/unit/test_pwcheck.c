/* test_pwcheck.c - which new passwords are refused, rule by rule, and which ones must not be. */
#include "unit.h"

#include "cs_pw.h"
#include "cs_pwcheck.h"
#include "cs_utf8.h"

static struct cs_err err;

static enum cs_rc check_for(const char *password, const char *username, const char *email)
{
    err = (struct cs_err){.rc = CS_OK};
    return cs_pw_check(cs_str_c(password), CS_PW_MIN_BYTES, cs_str_c(username), cs_str_c(email),
                       "new_password", &err);
}

static void assert_common_for(const char *password, const char *username, const char *email)
{
    if (check_for(password, username, email) != CS_E_BAD_FIELD)
        fail_msg("\"%s\" was taken", password);
    assert_string_equal(err.field, "new_password");
    assert_string_equal(cs_err_detail(&err), "new_password: is too common");
}

static void assert_taken_for(const char *password, const char *username, const char *email)
{
    if (check_for(password, username, email) != CS_OK)
        fail_msg("\"%s\" was refused: %s", password, cs_err_detail(&err));
}

/* Each of a list that ends in NULL, for somebody who has nothing to do with it. */
static void assert_all_common(const char *const *passwords)
{
    for (; *passwords; passwords++)
        assert_common_for(*passwords, "ann", "ann@example.org");
}

static void s9_limits_are_bytes_and_said_truly(void **state)
{
    static const char min7[] = "xK4#uTq", cyrillic6[] = "\xd1\x91\xd0\xb6\xd1\x8a";
    char longest[CS_PW_MAX_BYTES + 2];

    (void)state;
    for (size_t i = 0; i < sizeof longest; i++)
        longest[i] = (char)('!' + i * i % 89);
    longest[CS_PW_MAX_BYTES + 1] = '\0';
    assert_int_equal(check_for(longest, NULL, NULL), CS_E_BAD_FIELD);
    assert_string_equal(err.detail, "new_password: must have at most 128 characters");
    longest[CS_PW_MAX_BYTES] = '\0';
    assert_taken_for(longest, NULL, NULL);
    assert_int_equal(check_for(min7, NULL, NULL), CS_E_BAD_FIELD);
    assert_string_equal(err.detail, "new_password: must have at least 8 characters");
    assert_int_equal(check_for("", NULL, NULL), CS_E_BAD_FIELD);
    assert_string_equal(err.detail, "new_password: must have at least 8 characters");
    assert_int_equal(check_for(cyrillic6, NULL, NULL), CS_E_BAD_FIELD);
    assert_string_equal(err.detail, "new_password: must have at least 8 bytes");
    assert_taken_for("\xd1\x91\xd0\xb6\xd1\x8a\xd1\x8e", NULL, NULL); /* 4 characters, 8 bytes */
    assert_taken_for("xK4#uTqz", NULL, NULL);
    enum cs_rc rc = cs_pw_check(CS_LIT("xK4#uTqz"), 9, cs_str_n(NULL, 0), cs_str_n(NULL, 0),
                                "password", &err);
    assert_int_equal(rc, CS_E_BAD_FIELD);
    assert_string_equal(err.detail, "password: must have at least 9 characters");
}

static void s9_text_only(void **state)
{
    struct cs_str none = {NULL, 0}, nul = CS_LIT("xK4#\0uTqz");

    (void)state;
    assert_int_equal(cs_pw_check(nul, 8, none, none, "password", &err), CS_E_BAD_FIELD);
    assert_non_null(strstr(err.detail, "UTF-8"));
    assert_int_equal(check_for("xK4#uTqz\xff", NULL, NULL), CS_E_BAD_FIELD);
    assert_non_null(strstr(err.detail, "UTF-8"));
    assert_int_equal(check_for("xK4#uTqz\xed\xa0\x80", NULL, NULL), CS_E_BAD_FIELD);
}

static void s9_words_with_decoration(void **state)
{
    static const char *const bad[] = {
        "password",         "PASSWORD",     "Password1",    "passw0rd",   "P@$$w0rd!",
        "pa55w0rd2024",     "p4ssw0rd",     "!!password!!", "1password1", "iloveyou<3",
        "$unsh1ne99",       "sunsh!ne",     "h3ll0123",     "w3lc0m31",   "1234dragon",
        "DR4G0N!!",         "m0nk3y2020",   "Football#10",  "7r0ub13!",   "chatsphere1",
        "ChatSphere2026",   "letmein!",     "l37m31n00",    "4dm1n123",   "trustno1",
        "Summer2026!",      "  password  ", "qwertz123!",   "azerty99",   "passwort#1",
        "contrase\xc3\xb1" "a1", "CONTRASE\xc3\x91" "A", "m\xc3\x9cnchen1",
        "\xd0\x9f\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c" "1", /* Parol' in Cyrillic */
        NULL,
    };

    (void)state;
    assert_all_common(bad);
}

static void s9_whole_passwords(void **state)
{
    static const char *const bad[] = {
        "12345678", "123456789", "1q2w3e4r", "qwertyuiop", "1qaz2wsx", "147258369", "11223344",
        "q1w2e3r4", "zaq12wsx", "asdf1234", "a1b2c3d4", "1qaz!QAZ", "gfhjkm123", "789456123",
        NULL,
    };

    (void)state;
    assert_all_common(bad);
}

static void s9_patterns(void **state)
{
    static const char *const bad[] = {
        /* one or two distinct characters */
        "aaaaaaaa", "zzzzzzzzzzzz", "abbabaab", "0110100110010110", "aAaAaAaAA",
        "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", "\xd0\xb0\xd0\xb1\xd0\xb1\xd0\xb0\xd0\xb1",
        /* runs and rows of keys, both ways */
        "abcdefgh", "ABCDEFGHI", "hgfedcba", "23456789", "98765432", "0987654321", "xyzabcde",
        "sdfghjkl", "poiuytre", "lkjhgfds", "4rfv5tgb", "!@#$%^&*", "*&^%$#@!", "defghijk12",
        /* a chunk again and again */
        "abcabcabc", "12341234", "xk9xk9xk9", "Xk9#xK9#", "qwertyqwerty", "passwordpassword",
        "Password1password1", "passwordpassword1", "abcabc12", "abc!abc!ab", "hellohello99",
        NULL,
    };

    (void)state;
    assert_all_common(bad);
}

static void s9_who_it_is(void **state)
{
    (void)state;
    assert_common_for("ann.s.smithson", "Ann.S.Smithson", NULL);
    assert_common_for("ANN.S.SMITHSON84", "ann.s.smithson", NULL);
    assert_common_for("j\xc3\x96rgensen7", "J\xc3\xb6rgensen", NULL);
    assert_common_for("j0rgensen", "Jorgensen", NULL);
    assert_common_for("jorgensen84", "jorgensen1999", NULL);
    assert_common_for("jorgensenjorgensen", "jorgensen", NULL);
    assert_common_for("Quill@Example.org", "ann", "quill@example.org");
    assert_common_for("quilltip77", "ann", "quilltip@example.org");
    assert_common_for("quilltip77", "ann", "11quilltip@example.org");
    assert_taken_for("quilltip77", "ann", "quill@example.org");
    assert_taken_for("quilltip77", "", "");
    assert_taken_for("example.org", "ann", "quill@example.org");
    assert_taken_for("xK4#uTqz", "", "@");
}

static void what_must_not_be_refused(void **state)
{
    static const char *const good[] = {
        "SecurePass123", "correct horse battery", "hunter2 is not it", "correcthorsebatterystaple",
        "Tr0ub4dor&3", "xK4#uTqz", "12abzq34", "password is not it", "mydragonflies",
        "monkeybusinessclass", "3.14159-xyz", "27182818284", "48151623421193", "7a4f9c12e0",
        "annsmithannsmyth", "abcdefg-hijk-lmno9", "qwerty is a row", "drag0n and f1sh",
        "\xe6\xad\xa3\xe3\x81\x97\xe3\x81\x84\xe9\xa6\xac", "blaue Katze", "not this one",
        "xkq#9xkq#8", "Zaphod-B42-x", "s0me thing else", "l0ng sh0t",
        NULL,
    };

    (void)state;
    for (const char *const *p = good; *p; p++)
        assert_taken_for(*p, "ann", "ann@example.org");
}

/* The search relies on it, and a capital would never be found. */
static void the_table_is_sorted_lower_case_and_unique(void **state)
{
    struct cs_str before = cs_pw_common_at(0), s;
    size_t n = 1;

    (void)state;
    for (; (s = cs_pw_common_at(n)).p; n++, before = s) {
        size_t shorter = s.len < before.len ? s.len : before.len;
        int order = memcmp(before.p, s.p, shorter);
        if (order > 0 || (order == 0 && before.len >= s.len))
            fail_msg("%.*s stands before %s", (int)before.len, before.p, s.p);
        assert_true(s.len >= 3 && s.p[s.len] == '\0' && cs_utf8_valid(s));
        for (size_t i = 0; i < s.len; i++)
            assert_false(s.p[i] >= 'A' && s.p[i] <= 'Z');
    }
    assert_true(n >= 1000);
}

static void every_entry_is_found(void **state)
{
    struct cs_str s, none = {NULL, 0};

    (void)state;
    for (size_t i = 0; (s = cs_pw_common_at(i)).p; i++)
        if (cs_pw_check(s, 1, none, none, "password", &err) != CS_E_BAD_FIELD)
            fail_msg("%s is in the table and was taken", s.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(s9_limits_are_bytes_and_said_truly),
        cmocka_unit_test(s9_text_only),
        cmocka_unit_test(s9_words_with_decoration),
        cmocka_unit_test(s9_whole_passwords),
        cmocka_unit_test(s9_patterns),
        cmocka_unit_test(s9_who_it_is),
        cmocka_unit_test(what_must_not_be_refused),
        cmocka_unit_test(the_table_is_sorted_lower_case_and_unique),
        cmocka_unit_test(every_entry_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
