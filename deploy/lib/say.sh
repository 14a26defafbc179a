# shellcheck shell=bash disable=SC2154
# say.sh: speaking to the person at the terminal, and waiting for conditions.
#
# Owns the form of every line that the scripts print and the one loop in which they wait. Nothing
# here knows what ChatSphere is. Sourced first by deploy/quickstart and tests/run.

# say TEXT…: one line on stdout.
say() {
	printf '%s: %s\n' "${0##*/}" "$*"
}

# die TEXT…: one line on stderr; the script ends with status 1 (and its EXIT trap runs).
die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# say_tail FILE: the end of a log, indented, on stderr.
say_tail() {
	[ -s "$1" ] || return 0
	printf '%s: the end of %s:\n' "${0##*/}" "$1" >&2
	tail -n 12 -- "$1" | sed 's/^/    /' >&2
}

# wait_until SECONDS COMMAND…: 0 as soon as COMMAND succeeds, 1 when it has not by then.
# The condition is looked at 20 times a second; COMMAND must return soon.
wait_until() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.05
	done
}

# step LOG COMMAND…: runs COMMAND with its output in LOG and waits for it. It runs in the background,
# because bash answers a signal only between two foreground commands, and a build takes a while.
step() {
	local log=$1 rc=0
	shift
	"$@" >>"$log" 2>&1 </dev/null &
	step_pid=$!
	wait "$step_pid" || rc=$?
	step_pid=
	return "$rc"
}

# step_abort: ends the step that a signal has interrupted, if there is one.
step_pid=
step_abort() {
	[ -n "$step_pid" ] || return 0
	kill "$step_pid" 2>/dev/null || true
	wait "$step_pid" 2>/dev/null || true
}
