/* cs_pw.c - see cs_pw.h.
 *
 * argon2 runs in one thread whatever the lanes (the result is the same): a worker has one request,
 * and more threads were measured to give no speed here.
 */
#include "cs_pw.h"

#include "cs_hash.h"
#include "cs_phc.h"
#include "cs_rand.h"

#include <argon2.h>
#include <crypt.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
    SALT_BYTES = 16,
    HASH_BYTES = 32,
    BCRYPT_TEXT = 60,     /* "$2b$12$" and 53 characters of salt and hash */
    BCRYPT_COST_MAX = 15, /* some 2.6 s; a dearer row is a mistake of an import */
    BCRYPT_BYTES_MAX = 72 /* bcrypt does not look at more, and truncation is not accepted here */
};

/* --- argon2 ----------------------------------------------------------------------------------- */

static int map_memory(uint8_t **memory, size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
                   -1, 0);

    *memory = p == MAP_FAILED ? NULL : p;
    return *memory ? ARGON2_OK : ARGON2_MEMORY_ALLOCATION_ERROR;
}

static void unmap_memory(uint8_t *memory, size_t bytes)
{
    (void)munmap(memory, bytes);
}

/* The hash of a password by the variant, costs and salt of `phc`: phc->hash_len bytes. */
static enum cs_rc run_argon2(const struct cs_phc *phc, struct cs_str password,
                             uint8_t out[CS_PHC_BYTES_MAX], struct cs_err *err)
{
    static const argon2_type types[] = {
        [CS_PHC_ARGON2D] = Argon2_d, [CS_PHC_ARGON2I] = Argon2_i, [CS_PHC_ARGON2ID] = Argon2_id};
    argon2_context c = {
        .out = out,
        .outlen = (uint32_t)phc->hash_len,
        .pwd = (uint8_t *)password.p, /* only read: ARGON2_FLAG_CLEAR_PASSWORD is not set */
        .pwdlen = (uint32_t)password.len,
        .salt = (uint8_t *)phc->salt,
        .saltlen = (uint32_t)phc->salt_len,
        .t_cost = phc->passes,
        .m_cost = phc->memory_kib,
        .lanes = phc->lanes,
        .threads = 1,
        .version = phc->version,
        .allocate_cbk = map_memory,
        .free_cbk = unmap_memory,
    };
    int bad = argon2_ctx(&c, types[phc->variant]);

    if (bad == ARGON2_MEMORY_ALLOCATION_ERROR)
        return cs_fail(err, CS_E_NO_MEMORY);
    if (bad)
        return cs_fail_log(err, CS_E_CONFIG, "argon2: %s", argon2_error_message(bad));
    return CS_OK;
}

static struct cs_phc phc_of(const struct cs_pw_params *params)
{
    return (struct cs_phc){
        .variant = CS_PHC_ARGON2ID,
        .version = ARGON2_VERSION_13,
        .memory_kib = params->memory_kib,
        .passes = params->passes,
        .lanes = params->lanes,
        .salt_len = SALT_BYTES,
        .hash_len = HASH_BYTES,
    };
}

static enum cs_rc verify_argon2(const struct cs_phc *phc, struct cs_str password,
                                struct cs_err *err)
{
    uint8_t hash[CS_PHC_BYTES_MAX];
    enum cs_rc rc = run_argon2(phc, password, hash, err);

    if (rc == CS_E_CONFIG) /* the row's parameters, not ours */
        return cs_fail_log(err, CS_E_INTERNAL, "a stored argon2 hash has impossible parameters");
    if (!rc && !cs_hash_equal(hash, phc->hash, phc->hash_len))
        rc = cs_fail(err, CS_E_BAD_LOGIN);
    cs_hash_wipe(hash, sizeof hash);
    return rc;
}

/* --- bcrypt ----------------------------------------------------------------------------------- */

static bool is_bcrypt(struct cs_str stored)
{
    char variant = stored.len == BCRYPT_TEXT ? stored.p[2] : '\0';
    int cost = 0;

    if (variant != 'a' && variant != 'b' && variant != 'y')
        return false;
    for (size_t i = 4; i < 6; i++)
        cost = cost * 10 + (stored.p[i] - '0');
    return stored.p[0] == '$' && stored.p[1] == '2' && stored.p[3] == '$' && stored.p[6] == '$' &&
           cost <= BCRYPT_COST_MAX && !memchr(stored.p, '\0', stored.len);
}

/* Both texts are NUL-terminated. */
static enum cs_rc run_bcrypt(const char *password, const char *stored, struct cs_err *err)
{
    struct crypt_data *data = calloc(1, sizeof *data);

    if (!data)
        return cs_fail(err, CS_E_NO_MEMORY);
    const char *hash = crypt_rn(password, stored, data, (int)sizeof *data);
    enum cs_rc rc = CS_OK;
    if (!hash || strlen(hash) != BCRYPT_TEXT)
        rc = cs_fail_log(err, CS_E_INTERNAL, "a stored bcrypt hash was not taken by crypt");
    else if (!cs_hash_equal(hash, stored, BCRYPT_TEXT))
        rc = cs_fail(err, CS_E_BAD_LOGIN);
    cs_hash_wipe(data, sizeof *data);
    free(data);
    return rc;
}

static enum cs_rc verify_bcrypt(struct cs_str password, struct cs_str stored, struct cs_err *err)
{
    char phrase[BCRYPT_BYTES_MAX + 1] = {0}, setting[BCRYPT_TEXT + 1] = {0};

    if (password.len > BCRYPT_BYTES_MAX)
        return cs_fail(err, CS_E_BAD_LOGIN);
    if (password.len)
        memcpy(phrase, password.p, password.len);
    memcpy(setting, stored.p, stored.len);
    enum cs_rc rc = run_bcrypt(phrase, setting, err);
    cs_hash_wipe(phrase, sizeof phrase);
    return rc;
}

/* --- the interface ---------------------------------------------------------------------------- */

static bool has_nul(struct cs_str s)
{
    return s.len && memchr(s.p, '\0', s.len);
}

enum cs_rc cs_pw_hash(const struct cs_pw_params *params, struct cs_str password,
                      char out[CS_PW_HASH_MAX + 1], struct cs_err *err)
{
    struct cs_phc phc = phc_of(params);
    struct cs_buf text;

    if (password.len < CS_PW_MIN_BYTES || password.len > CS_PW_MAX_BYTES)
        return cs_fail_field(err, "password", "must have %d to %d bytes", CS_PW_MIN_BYTES,
                             CS_PW_MAX_BYTES);
    if (has_nul(password))
        return cs_fail_field(err, "password", "must not contain U+0000");
    if (!cs_phc_within_caps(params->memory_kib, params->passes, params->lanes))
        return cs_fail_log(err, CS_E_CONFIG, "argon2: costs above what would be verified");
    cs_rand_secret(phc.salt, phc.salt_len);
    enum cs_rc rc = run_argon2(&phc, password, phc.hash, err);
    if (rc)
        return rc;
    cs_buf_init(&text, CS_PW_HASH_MAX);
    cs_phc_write(&text, &phc);
    if (text.failed)
        rc = cs_fail(err, CS_E_NO_MEMORY);
    else
        memcpy(out, cs_buf_cview(&text), text.len + 1);
    cs_buf_release(&text);
    return rc;
}

enum cs_rc cs_pw_verify(struct cs_str password, struct cs_str stored, struct cs_err *err)
{
    struct cs_phc phc;

    if (password.len > CS_PW_MAX_BYTES || has_nul(password))
        return cs_fail(err, CS_E_BAD_LOGIN);
    if (cs_phc_parse(stored, &phc))
        return verify_argon2(&phc, password, err);
    if (is_bcrypt(stored))
        return verify_bcrypt(password, stored, err);
    return cs_fail_log(err, CS_E_INTERNAL, "a stored password hash is of no known kind");
}

enum cs_rc cs_pw_dummy_verify(const struct cs_pw_params *params, struct cs_str password,
                              struct cs_err *err)
{
    struct cs_phc phc = phc_of(params); /* of zeros: nothing is known to hash to that */

    if (password.len > CS_PW_MAX_BYTES || has_nul(password))
        return cs_fail(err, CS_E_BAD_LOGIN);
    enum cs_rc rc = verify_argon2(&phc, password, err);
    return rc ? rc : cs_fail(err, CS_E_BAD_LOGIN);
}

bool cs_pw_needs_rehash(const struct cs_pw_params *params, struct cs_str stored)
{
    struct cs_phc now = phc_of(params), phc;

    return !cs_phc_parse(stored, &phc) || phc.variant != now.variant ||
           phc.version != now.version || phc.memory_kib != now.memory_kib ||
           phc.passes != now.passes || phc.lanes != now.lanes || phc.salt_len < now.salt_len ||
           phc.hash_len < now.hash_len;
}
