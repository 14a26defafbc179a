#!/usr/bin/env python3
"""matrix.py: every route and every operation has its row in the authorisation matrix, and no other has one.

Part of `make check`. Environment: builddir, where the programs are (default: here).
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "it"))
import matrix  # noqa: E402


def listed(program, option):
    command = [str(Path(os.environ.get("builddir", ".")).resolve() / program), option]
    return [line.split() for line in subprocess.check_output(command, text=True).splitlines()]


def compare(what, table, rows):
    """Complains of what stands on one side only; returns how often."""
    missing, stray = table - rows, rows - table
    for name in sorted(missing):
        print(f"{what} {name}: no row in tests/it/matrix.py")
    for name in sorted(stray):
        print(f"{what} {name}: in tests/it/matrix.py, but not in the program")
    return len(missing) + len(stray)


def main():
    routes = {f"{fields[0]} {fields[1]}" for fields in listed("chatsphere-api", "--list-routes")}
    operations = {fields[0] for fields in listed("chatsphere-gateway", "--list-operations")}
    wrong = compare("route", routes, {row[0] for row in matrix.ROUTES})
    wrong += compare("operation", operations, {row[0] for row in matrix.OPERATIONS})
    filled = sum(len(matrix.cells(row)) for row in matrix.ROUTES + matrix.STREAMS + matrix.OPERATIONS)
    print(f"{len(routes)} routes, {len(operations)} operations, {filled} cells")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
