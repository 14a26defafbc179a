/* cs_json.c - see cs_json.h. The owner of json-c: nobody else includes its headers.
 *
 * Order of work: UTF-8, the scan, pairs respelled, json-c, then one walk over the tree, which must
 * hold what the scan saw. Fewer keys mean that one was repeated. Anything else that is missing was
 * lost for want of memory: json-c 0.16 passes over allocations that fail while it builds a tree. So
 * json-c is only given text on whose meaning every parser agrees, and is not believed blindly.
 */
#include "cs_json.h"

#include "cs_arena.h"
#include "cs_jsonscan.h"
#include "cs_jsonw.h"
#include "cs_utf8.h"

#include <json-c/json.h>
#include <limits.h>
#include <math.h>

struct cs_json {
    struct json_object *node; /* an object; the tree's root is held by the arena */
    struct cs_arena *arena;
    size_t text_bytes; /* of the document: its compact form is never longer */
};

static void put_tree(void *root)
{
    json_object_put(root);
}

static struct cs_json *wrap(struct cs_arena *a, struct json_object *node, size_t text_bytes)
{
    struct cs_json *j = cs_arena_alloc(a, sizeof *j);

    if (j)
        *j = (struct cs_json){.node = node, .arena = a, .text_bytes = text_bytes};
    return j;
}

/* Adds up the tree below `node`; *finite becomes false when a number did not fit a double. */
static void add_up(struct json_object *node, struct cs_jsonsum *sum, bool *finite)
{
    switch (json_object_get_type(node)) {
    case json_type_object: {
        json_object_object_foreach(node, key, child)
        {
            sum->members++;
            sum->values++;
            sum->text_bytes += strlen(key);
            add_up(child, sum, finite);
        }
        return;
    }
    case json_type_array:
        for (size_t i = 0; i < json_object_array_length(node); i++) {
            sum->values++;
            add_up(json_object_array_get_idx(node, i), sum, finite);
        }
        return;
    case json_type_string:
        sum->text_bytes += (size_t)json_object_get_string_len(node);
        return;
    case json_type_double:
        *finite = *finite && isfinite(json_object_get_double(node));
        return;
    default:
        return;
    }
}

/* Is the tree what the text said? */
static enum cs_rc check_tree(struct json_object *root, const struct cs_jsonsum *want,
                             struct cs_err *err)
{
    struct cs_jsonsum sum = {0};
    bool finite = true;

    add_up(root, &sum, &finite);
    if (sum.members < want->members)
        return cs_fail_detail(err, CS_E_BAD_JSON, "Bad JSON: a key is repeated in an object");
    if (sum.values != want->values || sum.text_bytes != want->text_bytes)
        return cs_fail(err, CS_E_NO_MEMORY);
    if (!finite)
        return cs_fail_detail(err, CS_E_BAD_JSON, "Bad JSON: number out of range");
    return CS_OK;
}

/* json-c 0.16 makes U+FFFD of the pairs whose character has a surrogate's lower 16 bits (U+1D800 to
 * U+1DFFF and the like in the planes above), so it never gets to see a pair. */
static struct cs_str without_pairs(struct cs_arena *a, struct cs_str text)
{
    char *copy = cs_arena_alloc(a, text.len);

    return copy ? cs_str_n(copy, cs_jsonscan_respell(text, copy)) : cs_str_n(NULL, 0);
}

/* The tree of a text that the scan has passed; NULL only for want of memory. */
static struct json_object *build(struct cs_str text)
{
    /* json-c counts one level more than there are brackets */
    struct json_tokener *t = json_tokener_new_ex(CS_JSON_DEPTH + 1);

    if (!t)
        return NULL;
    json_tokener_set_flags(t, JSON_TOKENER_STRICT);
    struct json_object *root = json_tokener_parse_ex(t, text.p, (int)text.len);
    json_tokener_free(t);
    return root;
}

enum cs_rc cs_json_parse(struct cs_arena *a, struct cs_str text, struct cs_json **out,
                         struct cs_err *err)
{
    size_t bad = cs_utf8_bad_at(text);
    struct cs_str body = cs_str_trim(text);
    struct cs_jsonscan scan;

    if (bad < text.len)
        return cs_fail_detail(err, CS_E_BAD_ENCODING, "Bad UTF-8 at byte %zu", bad);
    if (body.len == 0 || body.len > INT_MAX)
        return cs_fail_detail(err, CS_E_BAD_JSON, "A JSON object is expected");
    if (!cs_jsonscan(body, CS_JSON_DEPTH, &scan))
        return cs_fail_detail(err, CS_E_BAD_JSON, "Bad JSON at byte %zu: %s",
                              (size_t)(body.p - text.p) + scan.bad_at, scan.why);
    if (scan.pairs)
        body = without_pairs(a, body);
    struct json_object *root = body.p ? build(body) : NULL;
    if (!root || !cs_arena_defer(a, put_tree, root))
        return cs_fail(err, CS_E_NO_MEMORY);
    enum cs_rc rc = check_tree(root, &scan.sum, err);
    if (rc)
        return rc;
    *out = wrap(a, root, body.len);
    return *out ? CS_OK : cs_fail(err, CS_E_NO_MEMORY);
}

/* --- binding: one function per type; each is given a value that is not null ------------------- */

static struct cs_str text_of(struct json_object *node)
{
    return cs_str_n(json_object_get_string(node), (size_t)json_object_get_string_len(node));
}

static enum cs_rc bind_str(const struct cs_field *f, const struct cs_json *parent,
                           struct json_object *node, void *out, struct cs_err *err)
{
    (void)parent;
    if (!json_object_is_type(node, json_type_string))
        return cs_fail_field(err, f->name, "must be a string");
    return cs_field_set_str(f, text_of(node), out, err);
}

static enum cs_rc bind_uuid(const struct cs_field *f, const struct cs_json *parent,
                            struct json_object *node, void *out, struct cs_err *err)
{
    (void)parent;
    if (!json_object_is_type(node, json_type_string))
        return cs_fail_field(err, f->name, "must be a UUID");
    return cs_field_set_uuid(f, text_of(node), out, err);
}

static enum cs_rc bind_int(const struct cs_field *f, const struct cs_json *parent,
                           struct json_object *node, void *out, struct cs_err *err)
{
    (void)parent;
    if (!json_object_is_type(node, json_type_int))
        return cs_fail_field(err, f->name, "must be an integer");
    return cs_field_set_int(f, json_object_get_int64(node), out, err);
}

static enum cs_rc bind_bool(const struct cs_field *f, const struct cs_json *parent,
                            struct json_object *node, void *out, struct cs_err *err)
{
    struct cs_opt_bool *member = cs_field_member(f, out);

    (void)parent;
    if (!json_object_is_type(node, json_type_boolean))
        return cs_fail_field(err, f->name, "must be true or false");
    *member = (struct cs_opt_bool){.set = true, .v = json_object_get_boolean(node)};
    return CS_OK;
}

static enum cs_rc bind_object(const struct cs_field *f, const struct cs_json *parent,
                              struct json_object *node, void *out, struct cs_err *err)
{
    struct cs_json **member = cs_field_member(f, out);

    if (!json_object_is_type(node, json_type_object))
        return cs_fail_field(err, f->name, "must be an object");
    *member = wrap(parent->arena, node, parent->text_bytes);
    return *member ? CS_OK : cs_fail(err, CS_E_NO_MEMORY);
}

static enum cs_rc bind_uuids(const struct cs_field *f, const struct cs_json *parent,
                             struct json_object *node, void *out, struct cs_err *err)
{
    struct cs_uuids *member = cs_field_member(f, out);

    if (!json_object_is_type(node, json_type_array))
        return cs_fail_field(err, f->name, "must be an array of UUIDs");
    struct cs_uuids list = {.n = json_object_array_length(node)};
    enum cs_rc rc = cs_field_check_count(f, list.n, "elements", err);
    if (rc)
        return rc;
    list.ids = cs_arena_array(parent->arena, list.n, sizeof *list.ids);
    if (!list.ids)
        return cs_fail(err, CS_E_NO_MEMORY);
    for (size_t i = 0; i < list.n; i++) {
        struct json_object *item = json_object_array_get_idx(node, i);
        if (!json_object_is_type(item, json_type_string) ||
            !cs_uuid_parse(text_of(item), &list.ids[i]))
            return cs_fail_field(err, f->name, "must be an array of UUIDs");
    }
    *member = list;
    return CS_OK;
}

static enum cs_rc bind_objects(const struct cs_field *f, const struct cs_json *parent,
                               struct json_object *node, void *out, struct cs_err *err)
{
    struct cs_objects *member = cs_field_member(f, out);

    if (!json_object_is_type(node, json_type_array))
        return cs_fail_field(err, f->name, "must be an array of objects");
    struct cs_objects list = {.n = json_object_array_length(node)};
    enum cs_rc rc = cs_field_check_count(f, list.n, "elements", err);
    if (rc)
        return rc;
    list.objs = cs_arena_array(parent->arena, list.n, sizeof *list.objs);
    if (!list.objs && list.n)
        return cs_fail(err, CS_E_NO_MEMORY);
    for (size_t i = 0; i < list.n; i++) {
        struct json_object *item = json_object_array_get_idx(node, i);
        if (!json_object_is_type(item, json_type_object))
            return cs_fail_field(err, f->name, "must be an array of objects");
        list.objs[i] = wrap(parent->arena, item, parent->text_bytes);
        if (!list.objs[i])
            return cs_fail(err, CS_E_NO_MEMORY);
    }
    *member = list;
    return CS_OK;
}

typedef enum cs_rc binder(const struct cs_field *, const struct cs_json *, struct json_object *,
                          void *, struct cs_err *);

static binder *const binders[] = {
    [CS_F_TEXT] = bind_str,    [CS_F_BYTES] = bind_str, [CS_F_UUID] = bind_uuid,
    [CS_F_INT] = bind_int,     [CS_F_BOOL] = bind_bool, [CS_F_OBJECT] = bind_object,
    [CS_F_UUIDS] = bind_uuids, [CS_F_OBJECTS] = bind_objects,
};

enum cs_rc cs_json_bind(const struct cs_field *fields, size_t n, const struct cs_json *obj,
                        void *out, struct cs_err *err)
{
    for (const struct cs_field *f = fields; f < fields + n; f++) {
        struct json_object *node = NULL;
        bool there = json_object_object_get_ex(obj->node, f->name, &node);
        enum cs_rc rc = CS_OK;

        if (node)
            rc = binders[f->type](f, obj, node, out, err);
        else if (there && f->flags & CS_F_CLEARS)
            *(struct cs_str *)cs_field_member(f, out) = CS_LIT("");
        else if (!there && f->flags & CS_F_REQUIRED)
            rc = cs_fail_field(err, f->name, "is required");
        else if ((f->flags & (CS_F_REQUIRED | CS_F_NULLABLE)) == CS_F_REQUIRED)
            rc = cs_fail_field(err, f->name, "must not be null");
        if (rc)
            return rc;
    }
    return CS_OK;
}

/* --- printing --------------------------------------------------------------------------------- */

static void print(struct cs_jw *w, struct json_object *node)
{
    switch (json_object_get_type(node)) {
    case json_type_object: {
        cs_jw_obj_begin(w);
        json_object_object_foreach(node, key, child)
        {
            cs_jw_key_str(w, cs_str_c(key));
            print(w, child);
        }
        cs_jw_obj_end(w);
        return;
    }
    case json_type_array:
        cs_jw_arr_begin(w);
        for (size_t i = 0; i < json_object_array_length(node); i++)
            print(w, json_object_array_get_idx(node, i));
        cs_jw_arr_end(w);
        return;
    case json_type_string:
        cs_jw_str(w, text_of(node));
        return;
    case json_type_int:
        cs_jw_i64(w, json_object_get_int64(node));
        return;
    case json_type_boolean:
        cs_jw_bool(w, json_object_get_boolean(node));
        return;
    case json_type_double:
        /* json-c's parser keeps a double's own digits as the node's user data */
        cs_jw_raw(w, cs_str_c(json_object_get_userdata(node)));
        return;
    case json_type_null:
        cs_jw_null(w);
    }
}

enum cs_rc cs_json_raw(const struct cs_json *obj, struct cs_str *out, struct cs_err *err)
{
    struct cs_buf text;
    struct cs_jw w = cs_jw_on(&text);

    cs_buf_init(&text, obj->text_bytes);
    print(&w, obj->node);
    *out = text.failed ? cs_str_n(NULL, 0) : cs_str_dup(obj->arena, cs_buf_view(&text));
    cs_buf_release(&text);
    return out->p ? CS_OK : cs_fail(err, CS_E_NO_MEMORY);
}
