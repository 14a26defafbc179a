/* cs_jsonscan.h - is this text one JSON object, by the letter of RFC 8259 and security.md S14?
 *
 * The grammar without a tree: it allocates nothing and knows nothing of json-c, which builds the
 * tree afterwards and by itself takes single quotes, NaN, raw control characters, bad UTF-8 and
 * more. What a scan cannot see, repeated keys (they may be spelled with escapes), cs_json.c finds
 * by comparing the sum with the tree's. Called by cs_json.c only.
 */
#ifndef CS_JSONSCAN_H
#define CS_JSONSCAN_H

#include "cs_str.h"

#include <stdbool.h>
#include <stddef.h>

/* What a document holds. Equal sums of text and tree mean that nothing was merged or lost. */
struct cs_jsonsum {
    size_t members;    /* keys of all objects together */
    size_t values;     /* members and elements of arrays, at all levels */
    size_t text_bytes; /* of all keys and strings, without quotes and escapes */
};

struct cs_jsonscan {
    struct cs_jsonsum sum;
    size_t pairs;    /* escapes of two, \ud83d\ude00: characters above U+FFFF */
    size_t bad_at;   /* on failure: offset in bytes */
    const char *why; /* on failure: what is wrong there, in a few words */
};

/* The text must be valid UTF-8 and begin and end with the object, without white space around it. */
bool cs_jsonscan(struct cs_str text, unsigned max_depth, struct cs_jsonscan *out);

/* Copies a text that the scan has passed to `out`, which has room for as much, with the characters
 * of all pairs as UTF-8 instead. Returns the bytes written. */
size_t cs_jsonscan_respell(struct cs_str text, char *out);

#endif
