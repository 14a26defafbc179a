/* position.h - the headers of what is read from a room's log: where the room stood (Chat-Epoch,
 * Chat-Seq) and the tag of that state (ETag), which a client sends again to learn in one look at the
 * room's row whether anything has happened since (If-None-Match, RFC 9110, 13.1.2).
 *
 * The tag follows the room's log and the edition of all names (chat.epoch): the same tag, the same
 * page. It is weak since the text of a page may come in other encodings.
 *
 * An epoch is the fixed part of this database and the changing one of chat.epoch; statements know
 * the latter alone.
 */
#ifndef POSITION_H
#define POSITION_H

#include "req.h"

/* What the store compares with its own: the tag in If-None-Match that is of this database, absent
 * when there is none. */
struct cs_str position_known(const struct req *r);

/* The changing part of an epoch that a client names: empty when it is of another database, absent
 * when he names none. */
struct cs_str position_epoch(const struct req *r, struct cs_str epoch);

/* Chat-Epoch and Chat-Seq. Texts are copied, here and below. */
void position_headers(struct req *r, struct cs_str epoch, int64_t seq);

/* ETag. `is_known`: the caller has it, so this is the answer (304), and there is nothing to add;
 * returns it. */
bool position_tag(struct req *r, struct cs_str tag, bool is_known);

#endif
