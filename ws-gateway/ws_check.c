/* ws_check.c - the handshake (RFC 6455, 4.2). libwebsockets 4.1.6 checks little of it, and hangs up
 * without a word where it does not like something, which a web server in front turns into a 502: so
 * all that it could dislike is looked for here first and refused with a sentence.
 *
 * What cannot be had from it: with none but unknown subprotocols it takes no handshake, where the RFC
 * goes on without one (nginx hands on only the known ones, so that its clients are served).
 */
#include "cs_parse.h"
#include "origin.h"
#include "ws_internal.h"

enum {
    KEY_LEN = 24, /* 16 bytes in base64 */
};

struct cs_str ws_header(struct lws *wsi, enum lws_token_indexes token, char *buf, size_t size)
{
    int n = lws_hdr_copy(wsi, buf, (int)size, token);

    return n > 0 ? cs_str_n(buf, (size_t)n) : (struct cs_str){NULL, 0};
}

struct cs_str ws_other_header(struct lws *wsi, struct cs_str name, char *buf, size_t size)
{
    int len = lws_hdr_custom_length(wsi, name.p, (int)name.len);

    if (len <= 0)
        return CS_LIT("");
    if (lws_hdr_custom_copy(wsi, buf, (int)size, name.p, (int)name.len) < 0)
        return CS_LIT("?");
    return cs_str_n(buf, (size_t)len);
}

/* No Origin: no browser. */
bool ws_origin_ok(const struct ws *ws, struct lws *wsi)
{
    char origin[300], host[300], scheme[16];
    struct origin_request r;

    if (!lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN))
        return true;
    r.origin = ws_header(wsi, WSI_TOKEN_ORIGIN, origin, sizeof origin);
    r.host = ws_header(wsi, WSI_TOKEN_HOST, host, sizeof host);
    r.scheme = ws_other_header(wsi, CS_LIT("x-forwarded-proto:"), scheme, sizeof scheme);
    return origin_ok(ws->origins, &r);
}

/* --- what makes it a handshake ---------------------------------------------------------------- */

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

static bool is_protocol_name(struct cs_str name)
{
    size_t i = 0;

    while (i < name.len && is_plain(name.p[i]))
        i++;
    return i == name.len && i > 0 && i <= WS_PROTOCOL_MAX;
}

static bool is_known(struct cs_str name)
{
    for (size_t i = 1; ws_protocols[i].name; i++)
        if (cs_str_is(name, ws_protocols[i].name))
            return true;
    return false;
}

/* Up to the first that is known, lws reads the list; the rest it leaves alone. */
static bool names_a_known_protocol(struct lws *wsi)
{
    char buf[WS_PROTOCOLS_MAX + 1];
    struct cs_str rest = ws_header(wsi, WSI_TOKEN_PROTOCOL, buf, sizeof buf);

    while (rest.p) {
        struct cs_str name = cs_str_trim(cs_str_split(&rest, ','));
        if (is_known(name))
            return true;
        if (!is_protocol_name(name))
            return false;
    }
    return false;
}

static bool asks_to_upgrade(struct lws *wsi)
{
    char buf[126]; /* what lws itself can read */
    struct cs_str rest = ws_header(wsi, WSI_TOKEN_CONNECTION, buf, sizeof buf);

    while (rest.p)
        if (cs_str_ieq(cs_str_trim(cs_str_split(&rest, ',')), CS_LIT("upgrade")))
            return true;
    return false;
}

static enum cs_rc check_request(struct lws *wsi, struct cs_err *err)
{
    char path[8], buf[64];

    if (!cs_str_is(ws_header(wsi, WSI_TOKEN_GET_URI, path, sizeof path), "/ws") ||
        !cs_str_ieq(ws_header(wsi, WSI_TOKEN_UPGRADE, buf, sizeof buf), CS_LIT("websocket")))
        return cs_fail_detail(err, CS_E_BAD_REQUEST, "Only GET /ws is upgraded, to a WebSocket");
    if (!cs_str_is(ws_header(wsi, WSI_TOKEN_VERSION, buf, sizeof buf), "13"))
        return cs_fail(err, CS_E_UPGRADE_REQUIRED);
    if (!asks_to_upgrade(wsi) || lws_hdr_total_length(wsi, WSI_TOKEN_KEY) != KEY_LEN ||
        !lws_hdr_total_length(wsi, WSI_TOKEN_HOST))
        return cs_fail_detail(err, CS_E_BAD_REQUEST,
                              "Host, Connection and Sec-WebSocket-Key must be there and right");
    if (lws_hdr_total_length(wsi, WSI_TOKEN_PROTOCOL) && !names_a_known_protocol(wsi))
        return cs_fail_detail(err, CS_E_BAD_REQUEST,
                              "None of the first subprotocols is known; leave them out, or ask for %s",
                              ws_protocols[1].name);
    return CS_OK;
}

enum cs_rc ws_check_upgrade(const struct ws *ws, struct lws *wsi, struct cs_err *err)
{
    char token[WS_TOKEN_MAX + 16];
    struct ws_request req;
    enum cs_rc rc = check_request(wsi, err);

    if (rc == CS_OK && !ws_origin_ok(ws, wsi))
        rc = cs_fail(err, CS_E_BAD_ORIGIN);
    if (rc == CS_OK)
        rc = ws_credential(wsi, token, sizeof token, &req, err);
    if (rc == CS_OK && !ws_takes_more(ws))
        rc = cs_fail(err, CS_E_UNAVAILABLE);
    return rc;
}

/* --- the credential --------------------------------------------------------------------------- */

enum cs_rc ws_argument(struct lws *wsi, struct cs_str name, char *buf, size_t size,
                       struct cs_str *out, struct cs_err *err)
{
    char arg[WS_QUERY_MAX];
    int len;

    *out = (struct cs_str){NULL, 0};
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS) >= WS_QUERY_MAX)
        return cs_fail_detail(err, CS_E_BAD_REQUEST, "The query is too long");
    for (int i = 0;; i++) {
        len = lws_hdr_copy_fragment(wsi, arg, sizeof arg, WSI_TOKEN_HTTP_URI_ARGS, i);
        if (len < 0)
            break; /* no further one: the sum of their lengths has been looked at */
        struct cs_str text = cs_str_n(arg, (size_t)len);
        if (!cs_str_starts(text, name))
            continue;
        if (out->p)
            return cs_fail_detail(err, CS_E_BAD_REQUEST, "An argument is given twice");
        text = cs_str_n(text.p + name.len, text.len - name.len);
        if (text.len > size)
            text = CS_LIT("?");
        memcpy(buf, text.p, text.len);
        *out = cs_str_n(buf, text.len);
    }
    return CS_OK;
}

static struct cs_str bearer(struct lws *wsi, char *buf, size_t size)
{
    struct cs_str auth = ws_header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, buf, size);
    struct cs_str scheme = cs_str_split(&auth, ' ');

    return auth.p && cs_str_ieq(scheme, CS_LIT("Bearer")) ? cs_str_trim(auth) : CS_LIT("");
}

bool ws_has_comma(struct cs_str s)
{
    return s.len && memchr(s.p, ',', s.len);
}

enum cs_rc ws_credential(struct lws *wsi, char *buf, size_t size, struct ws_request *req,
                         struct cs_err *err)
{
    char spare[WS_TOKEN_MAX + 16];
    struct cs_str header, ticket, token;

    header = bearer(wsi, buf, size);
    enum cs_rc rc = ws_argument(wsi, CS_LIT("ticket="), header.len ? spare : buf, size, &ticket, err);
    if (rc == CS_OK)
        rc = ws_argument(wsi, CS_LIT("token="), header.len || ticket.p ? spare : buf, size, &token, err);
    if (rc != CS_OK)
        return rc;
    /* Apache and lighttpd join with a comma what comes twice. */
    if (lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, 1) > 0 || ws_has_comma(header) ||
        (header.len > 0) + (ticket.p != NULL) + (token.p != NULL) > 1)
        return cs_fail_detail(err, CS_E_BAD_REQUEST, "Only one credential may be given");
    req->ticket = ticket.p ? ticket : CS_LIT("");
    req->token = token.p ? token : header;
    return CS_OK;
}
