/* store_search.h - messages found by their words, in the rooms that somebody may read.
 *
 * ONE statement decides about permission and finds (schema/functions/search.sql has the walk through
 * the index): what may not be read does not leave the database, nor takes it a place in the limit.
 * Row 0 is the head (the room asked for, whether there is a word to look for), the rows behind it are
 * messages, newest first or best first.
 */
#ifndef STORE_SEARCH_H
#define STORE_SEARCH_H

#include "cs_db.h"
#include "cs_model.h"
#include "store_room.h"

enum { STORE_SEARCH_MAX = 100 }; /* messages of an answer */

/* What stands around a word that was found, in a snippet, and nowhere else in it. */
#define STORE_SEARCH_START "\x02"
#define STORE_SEARCH_STOP "\x03"

struct store_search {
    struct cs_str words;         /* in the language of websearch_to_tsquery */
    struct cs_uuid member;       /* whose memberships count; nil: nobody's */
    bool all_rooms;              /* he reads every room but those of two people */
    bool direct_too;             /* with all_rooms: and those of two people */
    const struct cs_uuid *room;  /* only there; NULL: anywhere */
    struct cs_str room_name;     /* only in rooms of this name; .p NULL: anywhere */
    const struct cs_uuid *sender;
    struct cs_str sender_name;   /* an unknown one has said nothing */
    const struct cs_uuid *before; /* older than this message, if he may read it; else there is none */
    bool ranked;                 /* the best of the newest that match, not the newest */
    int64_t limit;
};

struct store_search_head {
    bool has_words;  /* false: only excluded words, or none that is looked for */
    bool room_known; /* with `room`: there is one; access says whether he may read it */
    struct store_access access;
};

void store_search_call(struct cs_call *call, struct cs_arena *arena, const struct store_search *s);
void store_search_head(const struct cs_rows *rows, struct store_search_head *out);

/* Rows 1 and up. */
void store_search_read(const struct cs_rows *rows, int row, struct cs_message *out,
                       struct cs_str *snippet);

/* Indexes what is due, of so many rooms; reading gives of how many: 0 when nothing is, or another
 * process is at it. */
void store_index_call(struct cs_call *call, struct cs_arena *arena, int64_t rooms);
int64_t store_index_read(const struct cs_rows *rows);

extern const struct cs_stmt store_search_stmt, store_index_stmt;

#endif
