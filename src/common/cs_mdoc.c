/* cs_mdoc.c - fills texts of the tables into mdoc(7); see cs_mdoc.h. */
#include "cs_mdoc.h"

#include <ctype.h>

enum { WIDTH = 78, CLAUSE_MAX = 4096 };

/* One text on its way out. */
struct fill {
    FILE *out;
    size_t column;
    bool quoting; /* behind the first ` of a pair */
};

static void end_line(struct fill *f)
{
    if (f->column)
        fputc('\n', f->out);
    f->column = 0;
}

/* How many bytes a word takes, each ` and \ as put_char writes it. */
static size_t width(struct cs_str word)
{
    size_t n = word.len;

    for (size_t i = 0; i < word.len; i++)
        n += word.p[i] == '`' ? 3 : word.p[i] == '\\';
    return n;
}

static void put_char(struct fill *f, char c)
{
    if (c == '\\') {
        fputs("\\e", f->out);
    } else if (c == '`') { /* the tables write `so`, which a terminal shows as ‘so` otherwise */
        fputs(f->quoting ? "\\(rq" : "\\(lq", f->out);
        f->quoting = !f->quoting;
    } else {
        fputc(c, f->out);
    }
}

static void put_word(struct fill *f, struct cs_str word)
{
    if (f->column + 1 + width(word) > WIDTH)
        end_line(f);
    if (f->column)
        fputc(' ', f->out);
    else if (word.p[0] == '.' || word.p[0] == '\'')
        fputs("\\&", f->out);
    for (size_t i = 0; i < word.len; i++)
        put_char(f, word.p[i]);
    f->column += 1 + width(word);
    if (strchr(".?!", word.p[word.len - 1])) /* mdoc tells sentences by their lines */
        end_line(f);
}

void cs_mdoc_text(FILE *out, struct cs_str text)
{
    struct fill f = {.out = out};

    while (text.p) {
        struct cs_str line = cs_str_trim(cs_str_split(&text, '\n'));
        if (!line.len) {
            end_line(&f);
            fputs(".Pp\n", out);
        }
        while (line.len) {
            struct cs_str word = cs_str_split(&line, ' ');
            if (word.len)
                put_word(&f, word);
        }
    }
    end_line(&f);
}

void cs_mdoc_sentence(FILE *out, struct cs_str clause)
{
    struct cs_buf b;

    cs_buf_init(&b, CLAUSE_MAX);
    cs_buf_str(&b, clause);
    cs_buf_putc(&b, '.');
    if (!b.failed) {
        b.p[0] = (char)toupper((unsigned char)b.p[0]);
        cs_mdoc_text(out, cs_buf_view(&b));
    }
    cs_buf_release(&b);
}
