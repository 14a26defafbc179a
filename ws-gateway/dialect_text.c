/* dialect_text.c - the text dialect of document 003: what is typed goes to the lobby, what is
 * heard is "username: text", a further line being indented. A refused text is answered to its
 * sender alone, "! reason", and never cut. */
#include "dialect.h"
#include "op.h"

/* What cannot be taken for JSON. What begins like an object and is none that another dialect knows
 * is a text where the credential suggests texts. */
static bool claims(const struct dialect_first *first)
{
    return !first->brace;
}

static void frame(struct conn *c, struct cs_str text)
{
    struct op_in in = {.ref = "", .room = {true, CS_LOBBY_ID}, .content = text};

    op_run(c, op_find(CS_LIT("message")), &in);
}

static void error(struct cs_buf *b, const char *ref, const struct cs_err *err)
{
    (void)ref;
    cs_buf_cstr(b, "! ");
    cs_buf_cstr(b, cs_err_detail(err));
}

/* --- what is heard ---------------------------------------------------------------------------- */

#define CONTINUES "\n  "        /* no name begins with a blank (names.h) */
#define REPLACED "\xef\xbf\xbd" /* U+FFFD */

/* Bytes of the line break that `s` begins with, as terminals and browsers know them; 0: none. */
static size_t line_break(struct cs_str s)
{
    static const struct cs_str breaks[] = {
        CS_LIT("\r\n"),     CS_LIT("\n"),           CS_LIT("\v"),           CS_LIT("\f"), CS_LIT("\r"),
        CS_LIT("\xc2\x85"), CS_LIT("\xe2\x80\xa8"), CS_LIT("\xe2\x80\xa9"),
    };

    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++)
        if (cs_str_starts(s, breaks[i]))
            return breaks[i].len;
    return 0;
}

/* Bytes of the control character that `s` begins with, a tab being none; 0: none. */
static size_t control(struct cs_str s)
{
    unsigned char c = (unsigned char)s.p[0];

    if (c == 0xc2 && s.len > 1 && (unsigned char)s.p[1] < 0xa0)
        return 2; /* U+0080 to U+009F */
    return (c < 0x20 && c != '\t') || c == 0x7f;
}

/* The name stands in front of a line and nowhere else, so a text that goes on in a second line, or
 * moves the cursor of a terminal, could speak for somebody else. */
static void put_content(struct cs_buf *b, struct cs_str content)
{
    size_t n;

    for (size_t at = 0; at < content.len; at += n) {
        struct cs_str rest = cs_str_n(content.p + at, content.len - at);
        if ((n = line_break(rest)) > 0) {
            cs_buf_cstr(b, CONTINUES);
        } else if ((n = control(rest)) > 0) {
            cs_buf_cstr(b, REPLACED);
        } else {
            n = 1;
            cs_buf_putc(b, rest.p[0]);
        }
    }
}

static void event(struct cs_buf *b, const struct gw_event *e)
{
    if (!gw_event_message(e).p)
        return;
    cs_buf_str(b, e->sender_name);
    cs_buf_cstr(b, ": ");
    put_content(b, e->content);
}

const struct dialect dialect_text = {
    .name = "text",
    .claims = claims,
    .in_lobby = true,
    .frame = frame,
    .error = error,
    .event = event,
};
