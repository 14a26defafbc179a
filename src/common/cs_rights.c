/* cs_rights.c - see cs_rights.h. */
#include "cs_rights.h"

#define N(table) (sizeof table / sizeof *table)

static const struct {
    unsigned bit;
    const char *name;
} names[] = {
    {CS_MAY_READ, "read"},   {CS_MAY_WRITE, "write"}, {CS_MAY_ROOMS, "rooms"},
    {CS_MAY_USERS, "users"}, {CS_MAY_ADMIN, "admin"}, {CS_SIGNED_IN, "any"},
    {CS_BY_PASSWORD, "session"},
};

void cs_rights_put(struct cs_jw *w, unsigned permissions)
{
    cs_jw_obj_begin(w);
    for (size_t i = 0; i < N(names) && names[i].bit & CS_PERMISSIONS; i++)
        cs_jw_kv_bool(w, names[i].name, (permissions & names[i].bit) != 0);
    cs_jw_obj_end(w);
}

enum cs_rc cs_rights_read(const struct cs_json *object, unsigned *permissions, struct cs_err *err)
{
    struct given {
        struct cs_opt_bool read, write, rooms, users, admin;
    } in = {.read = {false, false}};
    static const struct cs_field fields[] = {
        CS_FIELD_BOOL(struct given, read, "read", 0),
        CS_FIELD_BOOL(struct given, write, "write", 0),
        CS_FIELD_BOOL(struct given, rooms, "rooms", 0),
        CS_FIELD_BOOL(struct given, users, "users", 0),
        CS_FIELD_BOOL(struct given, admin, "admin", 0),
    };
    enum cs_rc rc = cs_json_bind(fields, N(fields), object, &in, err);

    if (rc == CS_OK)
        *permissions = (in.read.v ? CS_MAY_READ : 0u) | (in.write.v ? CS_MAY_WRITE : 0u) |
                       (in.rooms.v ? CS_MAY_ROOMS : 0u) | (in.users.v ? CS_MAY_USERS : 0u) |
                       (in.admin.v ? CS_MAY_ADMIN : 0u);
    return rc;
}

static unsigned bit_of(struct cs_str name)
{
    for (size_t i = 0; i < N(names) && names[i].bit & CS_PERMISSIONS; i++)
        if (cs_str_is(name, names[i].name))
            return names[i].bit;
    return 0;
}

bool cs_rights_parse(struct cs_str list, unsigned *permissions)
{
    unsigned all = 0;

    while (list.len) {
        unsigned bit = bit_of(cs_str_split(&list, ','));
        if (!bit)
            return false;
        all |= bit;
    }
    *permissions = all;
    return all != 0;
}

void cs_rights_list(struct cs_buf *b, unsigned rights)
{
    const char *comma = "";

    for (size_t i = 0; i < N(names); i++) {
        if (!(rights & names[i].bit))
            continue;
        cs_buf_cstr(b, comma);
        cs_buf_cstr(b, names[i].name);
        comma = ",";
    }
}
