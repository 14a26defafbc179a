/* store_people.h - users as others see them, and those that applications make.
 *
 * Only what is public: an account's own view is store_user.h. Who is disabled or deleted is not
 * there.
 */
#ifndef STORE_PEOPLE_H
#define STORE_PEOPLE_H

#include "cs_db.h"
#include "cs_hash.h"
#include "cs_model.h"

enum { STORE_PEOPLE_MAX = 100 }; /* rows of a list */

struct store_person {
    struct cs_uuid id;
    struct cs_str username, full_name, bio, role;
    struct cs_str last_seen, created_at;
};

/* Whose name begins with `prefix` (in any case; empty: everybody), by name; behind the person
 * `after` (NULL: from the first). */
void store_people_call(struct cs_call *call, struct cs_arena *arena, struct cs_str prefix,
                       const struct cs_uuid *after, int64_t limit);
/* One; no row: nobody. */
void store_person_call(struct cs_call *call, struct cs_arena *arena, const struct cs_uuid *id);
/* Of both. */
void store_person_read(const struct cs_rows *rows, int row, struct store_person *out);

struct store_new_person {
    const struct cs_who *maker;
    struct cs_uuid id;
    struct cs_str username;
    struct cs_str email, external_id, full_name; /* absent: none */
    const uint8_t *token_hash; /* CS_SHA256_BYTES; borrowed until the call is sent */
    struct cs_str token_prefix;
    int64_t token_life_s;
    struct cs_str ip;
};

struct store_made_person {
    struct cs_str username, role;
    struct cs_str expires_at; /* of the token */
};

/* Reading gives CS_E_NAME_TAKEN, CS_E_CONFLICT with what is taken, CS_E_BAD_FIELD. */
void store_person_create_call(struct cs_call *call, struct cs_arena *arena,
                              const struct store_new_person *p);
enum cs_rc store_person_create_read(const struct cs_rows *rows, struct store_made_person *out,
                                    struct cs_err *err) CS_MUST_CHECK;

extern const struct cs_stmt store_people_stmt, store_person_stmt, store_person_create_stmt;

#endif
