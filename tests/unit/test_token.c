/* test_token.c - opaque tokens (S4) and the successor of a refresh token (S3). */
#include "failmalloc.h"
#include "unit.h"

#include "cs_token.h"

static const struct {
    enum cs_token_kind kind;
    const char *prefix;
} kinds[] = {
    {CS_TOKEN_SESSION, "cs_st_"},    {CS_TOKEN_REFRESH, "cs_rt_"}, {CS_TOKEN_USER, "cs_user_"},
    {CS_TOKEN_CLIENT, "cs_client_"}, {CS_TOKEN_TICKET, "cs_tk_"},
    {CS_TOKEN_INVITE, "cs_inv_"},    {CS_TOKEN_ROOM, "cs_join_"},
};

static void s4_a_token_has_prefix_body_and_checksum(void **state)
{
    (void)state;
    assert_int_equal(COUNT(kinds), CS_TOKEN_KINDS_); /* every kind is tested */
    for (size_t i = 0; i < COUNT(kinds); i++) {
        enum cs_token_kind kind;
        struct cs_token t;
        cs_token_make(kinds[i].kind, &t);
        assert_true(cs_str_starts(cs_token_str(&t), cs_str_c(kinds[i].prefix)));
        assert_int_equal(t.len, strlen(kinds[i].prefix) + 38);
        assert_int_equal(strlen(t.text), t.len);
        assert_true(cs_token_kind(cs_token_str(&t), &kind));
        assert_int_equal(kind, kinds[i].kind);
    }
}

/* 32 base62 characters hold 190 bits when all 62 appear alike: counted over many tokens. */
static void s4_at_least_160_random_bits(void **state)
{
    enum { TOKENS = 4000, EXPECTED = TOKENS * CS_TOKEN_BODY / 62 };
    unsigned seen[256] = {0}, distinct = 0;
    struct cs_token t, last = {.len = 0};

    (void)state;
    for (int i = 0; i < TOKENS; i++) {
        cs_token_make(CS_TOKEN_SESSION, &t);
        assert_string_not_equal(t.text, last.text);
        last = t;
        for (size_t k = 0; k < CS_TOKEN_BODY; k++)
            seen[(unsigned char)t.text[6 + k]]++;
    }
    for (size_t c = 0; c < COUNT(seen); c++) {
        if (!seen[c])
            continue;
        distinct++;
        assert_true(seen[c] > EXPECTED * 8 / 10 && seen[c] < EXPECTED * 12 / 10);
    }
    assert_int_equal(distinct, 62);
}

static void s4_every_single_error_is_found_before_a_look_up(void **state)
{
    enum cs_token_kind kind;
    struct cs_token t;

    (void)state;
    cs_token_make(CS_TOKEN_CLIENT, &t);
    for (size_t i = 0; i < t.len; i++) {
        struct cs_token bad = t;
        bad.text[i] = t.text[i] == 'x' ? 'y' : 'x';
        assert_false(cs_token_kind(cs_token_str(&bad), &kind));
        bad = t; /* neighbours swapped */
        bad.text[i] = t.text[i + 1];
        bad.text[i + 1] = t.text[i];
        if (i + 1 < t.len && t.text[i] != t.text[i + 1])
            assert_false(cs_token_kind(cs_token_str(&bad), &kind));
    }
}

static void s4_shape_is_checked(void **state)
{
    enum cs_token_kind kind;
    struct cs_token t;
    char longer[80] = {0};

    (void)state;
    cs_token_make(CS_TOKEN_USER, &t);
    for (size_t n = 0; n < t.len; n++)
        assert_false(cs_token_kind(cs_str_n(t.text, n), &kind));
    memcpy(longer, t.text, t.len);
    longer[t.len] = '0';
    assert_false(cs_token_kind(cs_str_n(longer, t.len + 1), &kind));
    assert_false(cs_token_kind(cs_str_n(longer + 3, t.len - 3), &kind));
    assert_false(cs_token_kind(CS_LIT("cs_xx_00000000000000000000000000000000000000"), &kind));
    assert_false(cs_token_kind(CS_LIT("cs_st_-----0000000000000000000000000000000000"), &kind));
    assert_false(cs_token_kind(cs_str_n(NULL, 0), &kind));
}

static void the_checksum_is_part_of_the_format(void **state)
{
    enum cs_token_kind kind;

    (void)state;
    /* Fixed: tokens issued today are read by every later version. */
    assert_true(cs_token_kind(CS_LIT("cs_st_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef2xo6O5"), &kind));
}

static void only_the_hash_of_the_whole_is_stored(void **state)
{
    uint8_t a[CS_SHA256_BYTES], b[CS_SHA256_BYTES];

    (void)state;
    cs_token_hash(CS_LIT("cs_st_x"), a);
    cs_hash_sha256(CS_LIT("cs_st_x"), b);
    assert_memory_equal(a, b, sizeof a);
}

static void s3_the_successor_is_always_the_same(void **state)
{
    struct cs_str secret = CS_LIT("0123456789abcdef0123456789abcdef");
    struct cs_str other = CS_LIT("0123456789abcdef0123456789abcdeF");
    struct cs_token old, one, two, three;
    enum cs_token_kind kind;

    (void)state;
    cs_token_make(CS_TOKEN_REFRESH, &old);
    cs_token_successor(secret, cs_token_str(&old), &one);
    cs_token_successor(secret, cs_token_str(&old), &two);
    assert_string_equal(one.text, two.text);
    assert_true(cs_token_kind(cs_token_str(&one), &kind) && kind == CS_TOKEN_REFRESH);
    cs_token_successor(secret, cs_token_str(&one), &three);
    assert_string_not_equal(one.text, three.text);
    cs_token_successor(other, cs_token_str(&old), &two);
    assert_string_not_equal(one.text, two.text);
}

static void a_mask_tells_the_kind_and_little_else(void **state)
{
    char mask[CS_TOKEN_MASK_MAX + 1], want[40];
    struct cs_token t;

    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        size_t shown = strlen(kinds[i].prefix) + 4;
        cs_token_make(kinds[i].kind, &t);
        cs_token_mask(cs_token_str(&t), mask);
        memcpy(want, t.text, shown);
        memcpy(want + shown, "\xe2\x80\xa6", 4);
        assert_string_equal(mask, want);
    }
    cs_token_mask(CS_LIT("cs_st_\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"),
                  mask);
    assert_string_equal(mask, "\xe2\x80\xa6");
    cs_token_mask(cs_str_n(NULL, 0), mask);
    assert_string_equal(mask, "\xe2\x80\xa6");
}

static bool make_and_follow(void)
{
    struct cs_token t, next;
    enum cs_token_kind kind;
    uint8_t hash[CS_SHA256_BYTES];

    cs_token_make(CS_TOKEN_REFRESH, &t);
    cs_token_successor(CS_LIT("secret"), cs_token_str(&t), &next);
    cs_token_hash(cs_token_str(&next), hash);
    return cs_token_kind(cs_token_str(&next), &kind);
}

static void tokens_allocate_nothing(void **state)
{
    (void)state;
    assert_int_equal(failmalloc_sweep(make_and_follow), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(s4_a_token_has_prefix_body_and_checksum),
        cmocka_unit_test(s4_at_least_160_random_bits),
        cmocka_unit_test(s4_every_single_error_is_found_before_a_look_up),
        cmocka_unit_test(s4_shape_is_checked),
        cmocka_unit_test(the_checksum_is_part_of_the_format),
        cmocka_unit_test(only_the_hash_of_the_whole_is_stored),
        cmocka_unit_test(s3_the_successor_is_always_the_same),
        cmocka_unit_test(a_mask_tells_the_kind_and_little_else),
        cmocka_unit_test(tokens_allocate_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
