# shellcheck shell=bash disable=SC2154,SC2034
# services.sh: the long-running processes: starting, watching and stopping exactly those.
#
# Every service is started in a session of its own, so that Ctrl-C reaches this script alone, which
# then stops them in order, and so that all descendants of a service can be told from everything else
# on the machine. pid/NAME holds "PID STARTTIME": a number that the kernel has given to another
# process since is recognised and left alone. Logs go to log/NAME.log.
#
# Needs: home (home.sh), say, wait_until. Sets: svc_pid (name → process id).

declare -A svc_pid=()

# svc_start NAME COMMAND…: returns at once; COMMAND must not fork into the background.
# The lock (9) stays here: what outlives this script must not hold it.
svc_start() {
	local name=$1
	shift
	setsid -- "$@" >>"$home/log/$name.log" 2>&1 </dev/null 9>&- &
	svc_pid[$name]=$!
	echo "$! $(svc_started_at "$!")" >"$home/pid/$name"
}

# svc_stop NAME SIGNAL SECONDS: asks with SIGNAL, waits, and kills what is left of the session.
svc_stop() {
	local pid=${svc_pid[$1]:-}
	[ -n "$pid" ] || return 0
	svc_ask "$2" "$1"
	wait_until "$3" svc_session_empty "$pid" || svc_signal_session KILL "$pid"
	wait "$pid" 2>/dev/null || true
	unset "svc_pid[$1]"
	rm -f "$home/pid/$1"
}

# svc_ask SIGNAL NAME…: sends the signal without waiting, so that several can stop side by side. When
# the supervisor of a service is dead, what it leaves behind is asked.
svc_ask() {
	local signal=$1 name pid
	shift
	for name; do
		pid=${svc_pid[$name]:-}
		[ -n "$pid" ] || continue
		kill -s "$signal" "$pid" 2>/dev/null || svc_signal_session "$signal" "$pid"
	done
}

# svc_wait_any: waits until any service has ended; sets svc_ended to its name, svc_status.
svc_wait_any() {
	local pid name
	svc_status=0
	wait -n -p pid "${svc_pid[@]}" 2>/dev/null || svc_status=$?
	for name in "${!svc_pid[@]}"; do
		[ "${svc_pid[$name]}" != "$pid" ] || svc_ended=$name
	done
}

# svc_check: dies, with the end of its log, when a service is no longer there.
svc_check() {
	local name
	for name in "${!svc_pid[@]}"; do
		svc_lives "${svc_pid[$name]}" || svc_died "$name"
	done
}

svc_died() {
	say_tail "$home/log/$1.log"
	die "$1 has ended${svc_status:+ with status $svc_status}; stopping the rest"
}

# svc_clear_leftovers: ends what an earlier quickstart on this home left behind when it was killed.
svc_clear_leftovers() {
	local file pid started
	for file in "$home"/pid/*; do
		[ -s "$file" ] || continue
		read -r pid started <"$file"
		svc_clear_one "${file##*/}" "$pid" "$started"
		rm -f "$file"
	done
}

# The leader may be gone and its children still there; then no other process can have its number,
# because a session's number stays taken.
svc_clear_one() {
	local name=$1 pid=$2 started=$3
	if svc_lives "$pid" && [ "$(svc_started_at "$pid")" != "$started" ]; then
		return 0
	fi
	svc_session_empty "$pid" && return 0
	say "stopping $name, left behind by an earlier quickstart"
	if [ "$name" = postgres ]; then
		kill -s INT "$pid" 2>/dev/null || true
	else
		svc_signal_session TERM "$pid"
	fi
	wait_until 5 svc_session_empty "$pid" || svc_signal_session KILL "$pid"
	wait_until 5 svc_session_empty "$pid" || die "$name (process $pid) does not end"
}

# --- /proc ---------------------------------------------------------------------------------------

# svc_stat PID: sets svc_stat_fields to what follows the program's name in /proc/PID/stat: state,
# parent, group, session, … (proc(5)). The name may hold anything, blanks and brackets too.
svc_stat() {
	local line
	read -r line 2>/dev/null <"/proc/$1/stat" || return 1
	read -ra svc_stat_fields <<<"${line##*) }"
}

# A zombie has ended: it waits for its parent only.
svc_lives() {
	svc_stat "$1" && [ "${svc_stat_fields[0]}" != Z ]
}

svc_started_at() {
	svc_stat "$1" && echo "${svc_stat_fields[19]}"
}

# svc_session SID: the living processes of a session, one a line.
svc_session() {
	local dir
	for dir in /proc/[0-9]*; do
		svc_lives "${dir#/proc/}" || continue
		[ "${svc_stat_fields[3]}" != "$1" ] || echo "${dir#/proc/}"
	done
}

svc_session_empty() {
	! svc_lives "$1" && [ -z "$(svc_session "$1")" ]
}

svc_signal_session() {
	local pids
	mapfile -t pids < <(svc_session "$2")
	((${#pids[@]} == 0)) || kill -s "$1" "${pids[@]}" 2>/dev/null || true
}
