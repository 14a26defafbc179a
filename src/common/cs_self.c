/* cs_self.c - see cs_self.h. */
#include "cs_self.h"

#include "cs_parse.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Two numbers of pages: all, and those in memory. */
uint64_t cs_self_memory_bytes(void)
{
    char text[128];
    uint64_t pages = 0;
    long page_bytes = sysconf(_SC_PAGESIZE);
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof text);

    if (fd >= 0)
        (void)close(fd);
    const char *first = len > 0 ? memchr(text, ' ', (size_t)len) : NULL;
    if (!first || page_bytes <= 0)
        return 0;
    const char *second = memchr(first + 1, ' ', (size_t)(text + len - first - 1));
    if (!second || !cs_parse_u64(cs_str_n(first + 1, (size_t)(second - first - 1)), 0, UINT32_MAX, &pages))
        return 0;
    return pages * (uint64_t)page_bytes;
}

const char *cs_self_host(void)
{
    static char name[256];

    if (!name[0] && gethostname(name, sizeof name - 1) != 0)
        name[0] = '\0';
    return name;
}
