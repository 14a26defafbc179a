#!/bin/sh
# derived.sh: what is derived from the programs' tables is committed, so that it can be read without
# a build. This says when a committed copy is not what the programs print; --update rewrites them.
#
# Environment: builddir, where the programs are (default: here); srcdir, the tree (default: by $0).
set -u

builddir=${builddir:-.}
srcdir=${srcdir:-$(dirname "$0")/../..}
update=no
failed=0

case ${1-} in
--update) update=yes ;;
'') ;;
*) echo "usage: derived.sh [--update]" >&2 && exit 64 ;;
esac

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

complain() {
	echo "derived.sh: $*" >&2
	failed=1
}

# The configuration of whoever runs this is no business of the derived files.
print() {
	program=$1
	shift
	env -i PATH="$PATH" LC_ALL=C CHATSPHERE_CONFIG=/dev/null "$builddir/$program" "$@"
}

write() {
	mkdir -p "$(dirname "$srcdir/$1")" || return 1
	cp "$work/new" "$srcdir/$1" || return 1
	echo "updated $1"
}

# derived FILE PROGRAM ARGUMENT…: the file is what the program prints.
derived() {
	file=$1
	shift
	if [ ! -x "$builddir/$1" ]; then
		complain "$file cannot be checked: there is no $builddir/$1"
	elif ! print "$@" >"$work/new" 2>"$work/error"; then
		complain "$* fails: $(cat "$work/error")"
	elif cmp -s "$srcdir/$file" "$work/new"; then
		:
	elif [ "$update" = yes ]; then
		write "$file" || complain "$file cannot be written"
	else
		diff -u "$srcdir/$file" "$work/new"
		complain "$file is not what $* prints: run tests/lint/derived.sh --update"
	fi
}

derived deploy/chatsphere.env.example chatspherectl --example-config
derived doc/statements.txt chatspherectl statements
derived doc/routes.txt chatsphere-api --list-routes
derived doc/errors.txt chatsphere-api --list-errors
derived doc/operations.txt chatsphere-gateway --list-operations
derived doc/metrics-api.txt chatsphere-api --list-metrics
derived doc/metrics-gateway.txt chatsphere-gateway --list-metrics
exit "$failed"
