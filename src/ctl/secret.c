/* secret.c - see secret.h. Reads byte by byte with read(2): stdio would keep a copy of its own. */
#include "secret.h"

#include "cs_hash.h"

#include <errno.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

static bool read_line(int fd, struct ctl_secret *out)
{
    char c = '\0';
    bool ended = false, too_long = false;

    out->len = 0;
    while (!ended) {
        ssize_t n = read(fd, &c, 1);
        if (n < 0 && errno == EINTR)
            continue;
        ended = n <= 0 || c == '\n';
        if (!ended && out->len < sizeof out->bytes)
            out->bytes[out->len++] = c;
        else
            too_long |= !ended;
    }
    if (out->len && out->bytes[out->len - 1] == '\r')
        out->len--;
    return out->len > 0 && !too_long;
}

bool ctl_secret_read_line(struct ctl_secret *out)
{
    return read_line(STDIN_FILENO, out);
}

bool ctl_secret_ask(const char *prompt, struct ctl_secret *out)
{
    struct termios before, quiet;
    int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

    out->len = 0;
    if (tty < 0)
        return false;
    bool ok = tcgetattr(tty, &before) == 0;
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    if (ok && tcsetattr(tty, TCSAFLUSH, &quiet) == 0) {
        (void)dprintf(tty, "%s: ", prompt);
        ok = read_line(tty, out);
        (void)tcsetattr(tty, TCSAFLUSH, &before);
        (void)dprintf(tty, "\n");
    } else {
        ok = false;
    }
    (void)close(tty);
    return ok;
}

void ctl_secret_wipe(struct ctl_secret *s)
{
    cs_hash_wipe(s, sizeof *s);
}
