/* event.c - see event.h. */
#include "event.h"

#include "cs_clock.h"
#include "cs_wire.h"
#include "reshape.h"

static enum hub_effect effect_of(struct cs_str kind)
{
    if (cs_str_is(kind, "member_left"))
        return HUB_MEMBER_LEFT;
    return cs_str_is(kind, "room_deleted") ? HUB_ROOM_DELETED : HUB_NO_EFFECT;
}

/* Taken back is only what was said: reactions, pins and replies do not make those who resume read
 * the table. */
static uint64_t changes_of(const struct cs_event *e)
{
    if (cs_str_is(e->kind, "message_edited") || cs_str_is(e->kind, "message_deleted"))
        return e->target_seq;
    return cs_str_is(e->kind, "room_updated") ? HUB_EVERY_MESSAGE : 0; /* its history_visibility */
}

static struct cs_str append(char **at, struct cs_str s)
{
    struct cs_str copy = cs_str_n(*at, s.len);

    if (s.len)
        memcpy(*at, s.p, s.len);
    *at += s.len;
    return copy;
}

bool gw_event_make(const struct cs_event *e, struct hub_event *out)
{
    static struct cs_buf scratch; /* grows to the largest event seen and stays */
    struct gw_event *ev = NULL;

    scratch.max = GW_EVENT_MAX_BYTES;
    cs_buf_clear(&scratch);
    struct cs_jw w = cs_jw_on(&scratch);
    cs_wire_event(&w, e);
    bool is_message = cs_str_is(e->kind, "new_message");
    struct cs_str name = is_message ? e->msg.sender_name : CS_LIT("");
    struct cs_str content = is_message ? e->msg.content : CS_LIT("");
    size_t bytes = scratch.len + name.len + content.len;
    if (!scratch.failed)
        ev = malloc(sizeof *ev + bytes);
    if (!ev)
        return false;
    char *at = (char *)(ev + 1);
    ev->known_us = cs_clock_mono_us();
    ev->is_message = is_message;
    ev->json = append(&at, cs_buf_view(&scratch));
    ev->sender_name = append(&at, name);
    ev->content = append(&at, content);
    *out = (struct hub_event){
        .seq = e->seq,
        .bytes = (uint32_t)ev->json.len,
        .shows = e->msg.seq,
        .rev = e->msg.rev,
        .changes = changes_of(e),
        .effect = effect_of(e->kind),
        .subject = e->subject_id,
        .payload = ev,
    };
    return true;
}

struct cs_str gw_event_message(const struct gw_event *e)
{
    struct cs_str message = e->is_message ? reshape_find(e->json, "message") : (struct cs_str){NULL, 0};

    return message.p && reshape_is_deleted(message) ? (struct cs_str){NULL, 0} : message;
}

void gw_event_free(void *payload)
{
    free(payload);
}
