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

# made FILE PROGRAM ARGUMENT…: $work/printed becomes what the program prints.
made() {
	file=$1
	shift
	if [ ! -x "$builddir/$1" ]; then
		complain "$file cannot be checked: there is no $builddir/$1"
		return 1
	fi
	print "$@" >"$work/printed" 2>"$work/error" && return
	complain "$* fails: $(cat "$work/error")"
	return 1
}

# held FILE WHAT: the file is $work/new.
held() {
	if cmp -s "$srcdir/$1" "$work/new"; then
		:
	elif [ "$update" = yes ]; then
		write "$1" || complain "$1 cannot be written"
	else
		diff -u "$srcdir/$1" "$work/new"
		complain "$1 is not what $2 prints: run tests/lint/derived.sh --update"
	fi
}

# derived FILE PROGRAM ARGUMENT…: the file is what the program prints.
derived() {
	made "$@" || return
	mv "$work/printed" "$work/new"
	file=$1
	shift
	held "$file" "$*"
}

# derived_part FILE PROGRAM ARGUMENT…: so is what stands in it between the lines `.\" begin: PROGRAM
# ARGUMENT…` and `.\" end`; the rest is written by hand.
derived_part() {
	made "$@" || return
	file=$1
	shift
	awk -v begin=".\\\\\" begin: $*" -v part="$work/printed" '
		$0 == begin { print; found = inside = 1; while ((getline line < part) > 0) print line; next }
		$0 == ".\\\" end" { inside = 0 }
		!inside
		END { exit !found || inside }' "$srcdir/$file" >"$work/new" ||
		{ complain "$file has no place for what $* prints" && return; }
	held "$file" "$*"
}

derived deploy/chatsphere.env.example chatspherectl --example-config
derived_part doc/man/chatsphere.env.5 chatspherectl --list-options
derived_part doc/man/chatspherectl.8 chatspherectl --list-commands
derived doc/statements.txt chatspherectl statements
derived doc/routes.txt chatsphere-api --list-routes
derived doc/errors.txt chatsphere-api --list-errors
derived doc/operations.txt chatsphere-gateway --list-operations
derived doc/metrics-api.txt chatsphere-api --list-metrics
derived doc/metrics-gateway.txt chatsphere-gateway --list-metrics
exit "$failed"
