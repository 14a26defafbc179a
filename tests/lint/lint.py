#!/usr/bin/env python3
"""lint.py: what the compiler does not check of the house's rules; part of `make check`.

Prints one line per finding, FILE:LINE: RULE: MESSAGE, and the sizes of the functions; exits 1 when
there is a finding. The rules are in rules.py, each is tried on a seeded violation by test_lint.py.
"""

import argparse
import sys
from pathlib import Path

import rules
from source import Tree


def findings(tree, chosen=rules.ALL):
    """(path, line, rule, message) of everything that breaks a rule, sorted."""
    found = []
    for rule in chosen:
        for file, line, message in rule(tree):
            found.append((file.path if file else ".", line, rule.__name__, message))
    return sorted(found)


def main():
    parser = argparse.ArgumentParser(description="Checks the rules that no compiler checks.")
    parser.add_argument("root", nargs="?", default=Path(__file__).resolve().parents[2])
    parser.add_argument("--list", action="store_true", help="print the rules")
    options = parser.parse_args()
    if options.list:
        for rule in rules.ALL:
            print(f"{rule.__name__:24} {rule.__doc__.splitlines()[0]}")
        return 0
    tree = Tree(options.root)
    found = findings(tree)
    for path, line, rule, message in found:
        print(f"{path}:{line}: {rule}: {message}")
    n, median, decile, longest = rules.measure(tree)
    print(f"{len(tree.files)} files, {n} functions: median {median} lines (about "
          f"{rules.MEDIAN_ABOUT}), nine in ten up to {decile} (under {rules.NINE_IN_TEN_UNDER}), "
          f"longest {longest}; {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
