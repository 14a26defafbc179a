/* mentions.h - what may be names of people in a message's text.
 *
 * A mention is an @ at the beginning of a word, and a name behind it. Names hold spaces and
 * punctuation, and only the database knows who is in the room; so everything that may be the name
 * is handed on, the longest first, and chat.resolve_mentions takes the first that is a member's.
 */
#ifndef CS_MENTIONS_H
#define CS_MENTIONS_H

#include "cs_str.h"

enum {
    MENTIONS_MAX = 20, /* of one message; what stands behind them names nobody */
    MENTION_PLACES_MAX = 50, /* where one might begin; looking there is what costs, whoever is there */
    MENTION_TRIES_MAX = 8, /* places where one name may end */
    MENTION_WORDS_MAX = 4, /* of a name */
    MENTION_NAME_MAX = 100, /* code points, as usernames have at most */
    /* of the JSON: a code point may be escaped to 6 bytes */
    MENTIONS_MAX_BYTES = MENTIONS_MAX * MENTION_TRIES_MAX * (MENTION_NAME_MAX * 6 + 8),
};

/* Appends a JSON array with an array of texts for each mention ([["ann lee","ann"],["room"]]);
 * nothing when the text, which is valid UTF-8, mentions nobody. Does not block; fails as the buffer
 * does. */
void mentions_put(struct cs_buf *out, struct cs_str text);

#endif
