/* cs_jsonw.h - writing JSON straight into a struct cs_buf: no tree, no copies.
 *
 * The writer knows one thing, whether a comma is due; balance is the caller's. Failure is the
 * buffer's and sticks: write everything, then check buf->failed once.
 *
 *   struct cs_jw w = cs_jw_on(&buf);
 *   cs_jw_obj_begin(&w);
 *   cs_jw_kv_uuid(&w, "id", &id);
 *   cs_jw_kv_str(&w, "content", content);
 *   cs_jw_obj_end(&w);
 *
 * Text is expected to be valid UTF-8, as all text inside the programs is. Only what RFC 8259
 * section 7 demands is escaped. Keys are literals of ours that need no escaping.
 */
#ifndef CS_JSONW_H
#define CS_JSONW_H

#include "cs_id.h"
#include "cs_str.h"

#include <stdbool.h>
#include <stdint.h>

struct cs_jw {
    struct cs_buf *buf;
    bool comma; /* due before the next key or element */
};

static inline struct cs_jw cs_jw_on(struct cs_buf *buf)
{
    return (struct cs_jw){.buf = buf};
}

void cs_jw_obj_begin(struct cs_jw *w);
void cs_jw_obj_end(struct cs_jw *w);
void cs_jw_arr_begin(struct cs_jw *w);
void cs_jw_arr_end(struct cs_jw *w);

/* Inline, and what takes a key below too, so that the compiler counts a literal's bytes: a page of history
 * has a thousand keys. */
void cs_jw_key_n(struct cs_jw *w, const char *key, size_t len);
static inline void cs_jw_key(struct cs_jw *w, const char *key)
{
    cs_jw_key_n(w, key, strlen(key));
}
void cs_jw_key_str(struct cs_jw *w, struct cs_str key); /* any text: escaped */

void cs_jw_str(struct cs_jw *w, struct cs_str s);     /* {NULL, 0} is "" */
void cs_jw_str_opt(struct cs_jw *w, struct cs_str s); /* {NULL, 0} is null */
void cs_jw_cstr(struct cs_jw *w, const char *s);      /* NULL is null */
void cs_jw_raw(struct cs_jw *w, struct cs_str json);  /* one valid JSON value; {NULL, 0} is null */
void cs_jw_i64(struct cs_jw *w, int64_t v);
void cs_jw_u64(struct cs_jw *w, uint64_t v);
void cs_jw_bool(struct cs_jw *w, bool v);
void cs_jw_null(struct cs_jw *w);
void cs_jw_uuid(struct cs_jw *w, const struct cs_uuid *id); /* NULL is null */

/* RFC 3339, UTC, milliseconds: from ms since 1970, and from PostgreSQL's text of a timestamptz, of
 * which {NULL, 0} and what cs_buf_pg_time does not know (infinity) become null. */
void cs_jw_time(struct cs_jw *w, uint64_t wall_ms);
void cs_jw_pg_time(struct cs_jw *w, struct cs_str pg);

/* A key and its value. */
static inline void cs_jw_kv_str(struct cs_jw *w, const char *key, struct cs_str s)
{
    cs_jw_key(w, key);
    cs_jw_str(w, s);
}

static inline void cs_jw_kv_str_opt(struct cs_jw *w, const char *key, struct cs_str s)
{
    cs_jw_key(w, key);
    cs_jw_str_opt(w, s);
}

static inline void cs_jw_kv_cstr(struct cs_jw *w, const char *key, const char *s)
{
    cs_jw_key(w, key);
    cs_jw_cstr(w, s);
}

static inline void cs_jw_kv_raw(struct cs_jw *w, const char *key, struct cs_str json)
{
    cs_jw_key(w, key);
    cs_jw_raw(w, json);
}

static inline void cs_jw_kv_i64(struct cs_jw *w, const char *key, int64_t v)
{
    cs_jw_key(w, key);
    cs_jw_i64(w, v);
}

static inline void cs_jw_kv_u64(struct cs_jw *w, const char *key, uint64_t v)
{
    cs_jw_key(w, key);
    cs_jw_u64(w, v);
}

static inline void cs_jw_kv_bool(struct cs_jw *w, const char *key, bool v)
{
    cs_jw_key(w, key);
    cs_jw_bool(w, v);
}

static inline void cs_jw_kv_null(struct cs_jw *w, const char *key)
{
    cs_jw_key(w, key);
    cs_jw_null(w);
}

static inline void cs_jw_kv_uuid(struct cs_jw *w, const char *key, const struct cs_uuid *id)
{
    cs_jw_key(w, key);
    cs_jw_uuid(w, id);
}

static inline void cs_jw_kv_time(struct cs_jw *w, const char *key, uint64_t wall_ms)
{
    cs_jw_key(w, key);
    cs_jw_time(w, wall_ms);
}

static inline void cs_jw_kv_pg_time(struct cs_jw *w, const char *key, struct cs_str pg)
{
    cs_jw_key(w, key);
    cs_jw_pg_time(w, pg);
}

static inline void cs_jw_kv_obj_begin(struct cs_jw *w, const char *key)
{
    cs_jw_key(w, key);
    cs_jw_obj_begin(w);
}

static inline void cs_jw_kv_arr_begin(struct cs_jw *w, const char *key)
{
    cs_jw_key(w, key);
    cs_jw_arr_begin(w);
}

#endif
