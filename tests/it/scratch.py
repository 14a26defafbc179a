"""Where systems, clusters and browsers have their files while a test runs: short paths, for they hold sockets.

Tests have them in memory if there is plenty of it: a run makes and deletes some hundred thousand files, and on ext4
that costs more the more there are, since an inode that has just been freed is not taken again for a minute. What is
flushed and what survives a kill is the same there. Benchmarks have them on the disk, and so has tests/run --all.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path

DISK, MEMORY = Path("/tmp"), Path("/dev/shm")
PLENTY = 4 << 30  # bytes: five times of what a whole run has at a time

place = DISK  # conftest.py chooses


def best():
    """Memory if it is large, and programs may be started from there; else the disk."""
    try:
        free, flags = shutil.disk_usage(MEMORY).free, os.statvfs(MEMORY).f_flag
        available = int(re.search(r"^MemAvailable: *(\d+) kB$", Path("/proc/meminfo").read_text(), re.M)[1]) << 10
    except OSError:
        return DISK
    return MEMORY if min(free, available) >= PLENTY and not flags & os.ST_NOEXEC else DISK


def new_directory(prefix, where=None):
    """An empty directory that only its owner may enter."""
    return Path(tempfile.mkdtemp(prefix=prefix, dir=where or place))


def new_home(prefix, where=None):
    """One that the programs' users may enter."""
    home = new_directory(prefix, where)
    home.chmod(0o755)
    return home
