/* test_api_guard.c - which header is the credential, what of it is believed without the database,
 * and who may see and read which room.
 */
#include "unit.h"
#include "unit_arena.h"

#include "access.h"
#include "cs_token.h"
#include "guard.h"

static const struct cs_jwt_keys keys = {
    .current = {.secret = CS_LIT("0123456789abcdef0123456789abcdef")},
};
enum { NOW = 1800000000 };

/* --- the credential --------------------------------------------------------------------------- */

static struct cs_jwt_claims claims;

static struct cs_str jwt(void)
{
    struct cs_str out;
    struct cs_err err;

    claims = (struct cs_jwt_claims){.user_id = cs_uuid_new(), .sid = cs_uuid_new(),
                                    .username = CS_LIT("ann"), .role = CS_LIT("ADMIN"),
                                    .iat = NOW, .exp = NOW + 60};
    assert_int_equal(cs_jwt_sign(&arena, &keys, &claims, &out, &err), CS_OK);
    return out;
}

static struct cs_str bearer(struct cs_str token)
{
    return cs_str_c(cs_arena_printf(&arena, "Bearer " CS_STR_FMT, CS_STR_ARG(token)));
}

static enum cs_rc credential(const struct head *head, struct store_cred *out)
{
    struct cs_err err;

    return guard_credential(head, &keys, NOW, out, &err);
}

static void an_access_token_names_user_and_session(void **state)
{
    struct head head = {.authorization = bearer(jwt())};
    struct store_cred cred;

    (void)state;
    assert_int_equal(credential(&head, &cred), CS_OK);
    assert_int_equal(cred.kind, STORE_CRED_JWT);
    assert_true(cs_uuid_eq(&cred.user_id, &claims.user_id));
    assert_true(cs_uuid_eq(&cred.sid, &claims.sid));
}

static void opaque_tokens_go_by_their_prefix(void **state)
{
    static const struct {
        enum cs_token_kind kind;
        enum cs_rc rc;
        enum store_cred_kind cred;
    } rows[] = {
        {CS_TOKEN_SESSION, CS_OK, STORE_CRED_SESSION},
        {CS_TOKEN_USER, CS_OK, STORE_CRED_TOKEN},
        {CS_TOKEN_CLIENT, CS_OK, STORE_CRED_TOKEN},
        {CS_TOKEN_REFRESH, CS_E_UNAUTHORIZED, 0},
        {CS_TOKEN_TICKET, CS_E_UNAUTHORIZED, 0},
    };
    struct store_cred cred;
    struct cs_token token;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cs_token_make(rows[i].kind, &token);
        struct head head = {.session_token = cs_token_str(&token)};
        assert_int_equal(credential(&head, &cred), rows[i].rc);
        if (rows[i].rc == CS_OK)
            assert_int_equal(cred.kind, rows[i].cred);
    }
}

static void what_is_no_credential_is_refused(void **state)
{
    const struct head heads[] = {
        {.repeated = false},
        {.authorization = CS_LIT("")},
        {.authorization = CS_LIT("Bearer")},
        {.authorization = CS_LIT("Bearer ")},
        {.authorization = CS_LIT("Bearer x")},
        {.authorization = CS_LIT("Basic eDp4")},
        {.authorization = CS_LIT("Bearer cs_st_mistyped")},
        {.session_token = CS_LIT("cs_")},
        {.authorization = CS_LIT("Basic eDp4"), .session_token = jwt()},
    };
    struct store_cred cred;

    (void)state;
    for (size_t i = 0; i < COUNT(heads); i++)
        assert_int_equal(credential(&heads[i], &cred), CS_E_UNAUTHORIZED);
}

static void an_ambiguous_credential_is_a_bad_request(void **state)
{
    struct cs_str one = jwt(), two = jwt();
    const struct head heads[] = {
        {.authorization = bearer(one), .repeated = true},
        {.authorization = CS_LIT("Bearer a,Bearer b")},
        {.session_token = CS_LIT("a,b")},
        {.authorization = bearer(one), .session_token = two},
    };
    const struct head same = {.authorization = bearer(one), .session_token = one};
    struct store_cred cred;

    (void)state;
    for (size_t i = 0; i < COUNT(heads); i++)
        assert_int_equal(credential(&heads[i], &cred), CS_E_BAD_REQUEST);
    assert_int_equal(credential(&same, &cred), CS_OK);
}

/* --- rooms ------------------------------------------------------------------------------------ */

static const struct cs_who user = {.cred_kind = CS_LIT("session"), .rights = CS_MAY_READ};
static const struct cs_who admin = {.cred_kind = CS_LIT("session"), .rights = CS_PERMISSIONS};
static const struct cs_who client = {.cred_kind = CS_LIT("api_token"),
                                     .token_type = CS_LIT("CLIENT"), .rights = CS_MAY_READ};
static const struct cs_who client_admin = {.cred_kind = CS_LIT("api_token"),
                                           .token_type = CS_LIT("CLIENT"),
                                           .rights = CS_MAY_READ | CS_MAY_ADMIN};

static const struct store_access lobby = {.kind = CS_LIT("channel"), .is_lobby = true};
static const struct store_access channel = {.kind = CS_LIT("channel")};
static const struct store_access channel_member = {.kind = CS_LIT("channel"),
                                                   .state = CS_LIT("member")};
static const struct store_access channel_banned = {.kind = CS_LIT("channel"),
                                                   .state = CS_LIT("banned")};
static const struct store_access group = {.kind = CS_LIT("group"), .is_private = true};
static const struct store_access group_left = {.kind = CS_LIT("group"), .is_private = true,
                                               .state = CS_LIT("left")};
static const struct store_access direct = {.kind = CS_LIT("p2p"), .is_private = true};
static const struct store_access direct_member = {.kind = CS_LIT("p2p"), .is_private = true,
                                                  .state = CS_LIT("member")};

static void reading_is_for_members_admins_and_applications(void **state)
{
    static const struct {
        const struct cs_who *who;
        const struct store_access *room;
        enum cs_rc rc;
    } rows[] = {
        {&user, &lobby, CS_OK},
        {&user, &channel_member, CS_OK},
        {&user, &channel, CS_E_NOT_MEMBER},
        {&user, &channel_banned, CS_E_BANNED},
        {&user, &group, CS_E_ROOM_NOT_FOUND},
        {&user, &group_left, CS_E_ROOM_NOT_FOUND},
        {&user, &direct, CS_E_ROOM_NOT_FOUND},
        {&user, &direct_member, CS_OK},
        {&admin, &group, CS_OK},
        {&admin, &direct, CS_E_ROOM_NOT_FOUND},
        {&admin, &direct_member, CS_OK},
        {&client, &group, CS_OK},
        {&client, &direct, CS_E_ROOM_NOT_FOUND},
        {&client_admin, &direct, CS_OK},
    };
    struct req r = {.arena = arena};
    struct cs_err err;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        r.who = *rows[i].who;
        if (access_read(&r, rows[i].room, &err) != rows[i].rc)
            fail_msg("row %zu", i);
    }
    arena = r.arena;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_access_token_names_user_and_session),
        cmocka_unit_test(opaque_tokens_go_by_their_prefix),
        cmocka_unit_test(what_is_no_credential_is_refused),
        cmocka_unit_test(an_ambiguous_credential_is_a_bad_request),
        cmocka_unit_test(reading_is_for_members_admins_and_applications),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
