# shellcheck shell=bash disable=SC2154
# programs.sh: ChatSphere's own programs: the schema, two API pools, the gateways; ready or not.
#
# A pool is spawn-fcgi (opens the socket, drops privileges) → multiwatch (starts a worker again that
# died) → chatsphere-api × N. Hashing passwords has a pool of its own, so that a login flood cannot
# starve history: of its workers at most HASHES_AT_ONCE hash, and all of them run at nice 10, so that
# whatever else wants a processor gets it first. Worker counts: CHATSPHERE_API_WORKERS,
# CHATSPHERE_AUTH_WORKERS.
#
# Needs: home, run, app_user, as_app, config, port, bind, gateways.

# A program that fails 20 times in a row within a second of its start is not going to work.
programs_keep=(/usr/bin/multiwatch --signal=TERM --retry=20 --timeout=1000)

# Behind everything else. The first number is for kernels that share the processors between sessions
# before they look at nice (sched(7), "The autogroup feature").
# shellcheck disable=SC2016
programs_behind=(/bin/sh -c 'echo 10 2>/dev/null >/proc/self/autogroup; exec /usr/bin/nice -n 10 "$@"' sh)

# programs_migrate: brings schema and initial data up to date, as the owner of the database.
programs_migrate() {
	if ! { ctl migrate && pg_grant && ctl seed; } >>"$home/log/setup.log"; then
		say_tail "$home/log/setup.log"
		return 1
	fi
}

programs_up() {
	local name
	programs_pool api "${CHATSPHERE_API_WORKERS:-$(programs_at_least 4)}"
	programs_pool auth "${CHATSPHERE_AUTH_WORKERS:-$(programs_auth_workers)}" "${programs_behind[@]}"
	for name in $(programs_gateways); do
		programs_gateway "$name"
	done
}

programs_down() {
	local all name
	mapfile -t all < <(programs_gateways && printf '%s\n' api auth)
	svc_ask TERM "${all[@]}"
	for name in "${all[@]}"; do
		svc_stop "$name" TERM 15
	done
	rm -f "$run"/{api,auth}.sock "$run"/ws/gateway*.sock
}

# programs_at_least N: one worker for each processor, but N at least.
programs_at_least() {
	local n
	n=$(nproc)
	echo $((n > $1 ? n : $1))
}

# programs_auth_workers: one for each hash, one for each place in the queue, and two that are free to
# say that it is full. Each holds a database connection.
programs_auth_workers() {
	local hashes queue
	hashes=$(settings_get HASHES_AT_ONCE 0)
	queue=$(settings_get HASH_QUEUE 6)
	((hashes > 0)) || hashes=$(($(nproc) / 2))
	echo $(((hashes > 0 ? hashes : 1) + queue + 2))
}

# programs_pool NAME WORKERS [PREFIX…]. spawn-fcgi's change of user forgets the signal that --pdeathsig asks for,
# so setpriv comes after it.
programs_pool() {
	local name=$1 workers=$2 user=()
	shift 2
	((EUID != 0)) || user=(-u "$app_user" -g "$app_user")
	rm -f "$run/$name.sock"
	svc_start "$name" /usr/bin/spawn-fcgi -n -s "$run/$name.sock" -b 1024 -M 0660 "${user[@]}" -- \
		"$@" /usr/bin/setpriv --pdeathsig TERM -- "${programs_keep[@]}" --forks="$workers" -- \
		"$home/usr/bin/chatsphere-api" --config "$config"
}

# programs_gateways: the names of the gateways, one a line: gateway, gateway-2 …; so are their services
# and their sockets in $run/ws called.
programs_gateways() {
	echo gateway
	((gateways == 1)) || printf 'gateway-%d\n' $(seq 2 "$gateways")
}

programs_gateway() {
	rm -f "$run/ws/$1.sock"
	svc_start "$1" "${as_app[@]}" /usr/bin/env "GATEWAY_LISTEN=unix:$run/ws/$1.sock" "${programs_keep[@]}" --forks=1 -- \
		"$home/usr/bin/chatsphere-gateway" --config "$config"
}

# programs_wait_ready: returns when a client would be served; dies when that does not happen.
programs_wait_ready() {
	wait_until 30 programs_ready || die "not ready after 30 s; the logs are in $home/log"
}

programs_ready() {
	local name
	svc_check
	programs_get --insecure "$(web_url "${bind:-127.0.0.1}")/api/ready" || return
	for name in $(programs_gateways); do
		programs_get --unix-socket "$run/ws/$name.sock" http://localhost/ready || return
	done
}

programs_get() {
	curl --noproxy '*' --fail --silent --output /dev/null --max-time 5 "$@"
}
