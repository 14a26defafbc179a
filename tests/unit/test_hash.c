/* test_hash.c - digests against published vectors. */
#include "unit.h"

#include "cs_hash.h"
#include "cs_parse.h"

static void assert_digest(const uint8_t digest[CS_SHA256_BYTES], const char *hex)
{
    uint8_t want[CS_SHA256_BYTES];

    assert_true(cs_parse_hex(cs_str_c(hex), want, sizeof want));
    assert_memory_equal(digest, want, sizeof want);
}

static void sha256_of_fips_180(void **state)
{
    uint8_t d[CS_SHA256_BYTES];

    (void)state;
    cs_hash_sha256(cs_str_n(NULL, 0), d);
    assert_digest(d, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    cs_hash_sha256(CS_LIT("abc"), d);
    assert_digest(d, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    cs_hash_sha256(CS_LIT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), d);
    assert_digest(d, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void hmac_of_rfc_4231(void **state)
{
    uint8_t d[CS_SHA256_BYTES];
    char key[131];

    (void)state;
    memset(key, 0x0b, 20);
    cs_hash_hmac_sha256(cs_str_n(key, 20), CS_LIT("Hi There"), cs_str_n(NULL, 0), d);
    assert_digest(d, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    cs_hash_hmac_sha256(CS_LIT("Jefe"), CS_LIT("what do ya want "), CS_LIT("for nothing?"), d);
    assert_digest(d, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    cs_hash_hmac_sha256(cs_str_n(key, sizeof key), cs_str_n(NULL, 0),
                        CS_LIT("Test Using Larger Than Block-Size Key - Hash Key First"), d);
    assert_digest(d, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void crc32_of_ieee(void **state)
{
    (void)state;
    assert_int_equal(cs_hash_crc32(CS_LIT("123456789")), 0xcbf43926);
    assert_int_equal(cs_hash_crc32(CS_LIT("")), 0);
    assert_int_equal(cs_hash_crc32(CS_LIT("The quick brown fox jumps over the lazy dog")),
                     0x414fa339);
}

static void comparing_and_wiping(void **state)
{
    char secret[] = "secret";

    (void)state;
    assert_true(cs_hash_equal("abc", "abd", 2));
    assert_false(cs_hash_equal("abc", "abd", 3));
    assert_true(cs_hash_equal("", "", 0));
    cs_hash_wipe(secret, sizeof secret);
    for (size_t i = 0; i < sizeof secret; i++)
        assert_int_equal(secret[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_of_fips_180),
        cmocka_unit_test(hmac_of_rfc_4231),
        cmocka_unit_test(crc32_of_ieee),
        cmocka_unit_test(comparing_and_wiping),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
