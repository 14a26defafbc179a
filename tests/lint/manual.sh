#!/bin/sh
# manual.sh: the manual pages are written as mdoc(7) wants them; part of `make check`. Without mandoc,
# or where groff is the only one there, it is skipped.
#
# Environment: srcdir, the tree (default: by $0).
set -u

srcdir=${srcdir:-$(dirname "$0")/../..}
failed=0

command -v mandoc >/dev/null || { echo "manual.sh: there is no mandoc" && exit 77; }

for page in "$srcdir"/doc/man/*.[1-9]; do
	name=${page##*/}
	# Which other pages are on this machine says nothing about this one.
	complaints=$(mandoc -T lint -W style "$page" 2>&1 | grep -vE 'referenced manual not found|mandoc\.db')
	[ -z "$complaints" ] || { echo "$complaints" && failed=1; }
	# The system's own formatter has to take it, too.
	complaints=$(command -v man >/dev/null && MANWIDTH=80 man --warnings -l "$page" 2>&1 >/dev/null)
	[ -z "$complaints" ] || { echo "$name: $complaints" && failed=1; }
	# What other pages refer to by this name and section is what it says of itself.
	title=$(sed -n 's/^\.Dt //p' "$page" | tr '[:upper:] ' '[:lower:].')
	[ "$title" = "$name" ] || { echo "$name: .Dt says $title" && failed=1; }
done
exit "$failed"
