# shellcheck shell=bash disable=SC2154
# web.sh: which web server stands in front, and what is the same with each of them.
#
# CHATSPHERE_WEB chooses; the rest is in web_nginx.sh, web_apache.sh, web_lighttpd.sh, of which one is
# read. Each of them has
#   web_render   the configuration in $home/$web, out of the templates deploy/$web/*.conf.in
#   web_up       renders, and starts the program as the service $web
#   web_reload   renders, and has the running program read it, without one request lost
# Of the distribution's web server only the program and its modules are used: pid, temporary files, logs
# ($home/log/$web.log, access.log) and configuration are all in the home, so that an ordinary user can
# run it; as root it drops to app_user by itself.
#
# With a certificate it also serves HTTPS, at tls_port, and sends there who comes by http; with a proxy in
# front of it (CHATSPHERE_FRONT, its addresses) it believes that one, and no other, what it says of clients.
#
# Sets: web, gateways, tls_port, certificate, key, front. Needs: home, run, app_user, port, bind.

# web_choose: before anything is installed or made.
web_choose() {
	web=${CHATSPHERE_WEB:-nginx}
	gateways=${CHATSPHERE_GATEWAYS:-1}
	[[ $web =~ ^(nginx|apache|lighttpd)$ ]] || die "CHATSPHERE_WEB=$web: must be nginx, apache or lighttpd"
	[[ $gateways =~ ^[1-9][0-9]?$ ]] || die "CHATSPHERE_GATEWAYS=$gateways: must be a number from 1 to 99"
	[ -f "$src/deploy/lib/web_$web.sh" ] || die "CHATSPHERE_WEB=$web: there is no configuration for it in $src/deploy"
	# shellcheck source=/dev/null
	. "$src/deploy/lib/web_$web.sh"
	web_choose_tls
	front=${CHATSPHERE_FRONT:-}
	[[ $front =~ ^[0-9A-Fa-f.:/\ ]*$ ]] || die "CHATSPHERE_FRONT=$front: must be addresses or networks with blanks between"
}

# tls_port is empty without TLS.
web_choose_tls() {
	local name
	tls_port=
	certificate=${CHATSPHERE_TLS_CERTIFICATE:-}
	key=${CHATSPHERE_TLS_KEY:-}
	[ -n "$certificate$key" ] || return 0
	for name in CHATSPHERE_TLS_CERTIFICATE CHATSPHERE_TLS_KEY; do
		[ -r "${!name:-}" ] || die "$name=${!name:-}: must be a file that can be read"
	done
	tls_port=${CHATSPHERE_TLS_PORT:-8443}
}

# web_url [HOST]: where clients come in, without a slash at the end.
web_url() {
	local host=${1:-${bind:-localhost}}
	if [ -n "$tls_port" ]; then
		echo "https://$host:$tls_port"
	else
		echo "http://$host:$port"
	fi
}

# web_check_ports: dies with a sentence when somebody listens on a port. The web server would say it too,
# but only after the build.
web_check_ports() {
	web_check_port PORT "$port"
	[ -z "$tls_port" ] || web_check_port CHATSPHERE_TLS_PORT "$tls_port"
}

web_check_port() {
	if ! [[ $2 =~ ^[1-9][0-9]{0,4}$ ]] || (($2 > 65535)); then
		die "$1=$2 is no port number"
	fi
	! web_port_taken "$2" || die "port $2 is already in use: stop what uses it, or choose another: $1=8090 $0"
}

# State 0A is LISTEN, the local address ends in the port (proc_pid_net(5)).
web_port_taken() {
	cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
		awk -v port=":$(printf %04X "$1")" '$4 == "0A" && $2 ~ port "$" { found = 1 } END { exit !found }'
}

# web_fill NAME [SED-OPTION…]: the template deploy/$web/NAME.in with its words put in, as $home/$web/NAME.
web_fill() {
	local name=$1
	shift
	sed -f "$src/deploy/web.sed" "$@" -e "s|@RUN@|$run|g" -e "s|@LOG@|$home/log|g" -e "s|@STATE@|$home/$web|g" \
		-e "s|@WEB@|$home/usr/share/chatsphere/web|g" "$src/deploy/$web/$name.in" >"$home/$web/$name"
}

# web_gateways FORMAT: printf FORMAT with the socket of each gateway.
web_gateways() {
	local name
	for name in $(programs_gateways); do
		# shellcheck disable=SC2059
		printf "$1" "$run/ws/$name.sock"
	done
}

# A WebSocket takes two descriptors in a web server.
web_descriptors() {
	local hard
	hard=$(ulimit -Hn)
	if [[ $hard == unlimited ]] || ((hard > 65536)); then
		hard=65536
	fi
	echo "$hard"
}
