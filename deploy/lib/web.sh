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
# Sets: web, gateways. Needs: home, run, app_user, port, bind.

# web_choose: before anything is installed or made.
web_choose() {
	web=${CHATSPHERE_WEB:-nginx}
	gateways=${CHATSPHERE_GATEWAYS:-1}
	[[ $web =~ ^(nginx|apache|lighttpd)$ ]] || die "CHATSPHERE_WEB=$web: must be nginx, apache or lighttpd"
	[[ $gateways =~ ^[1-9][0-9]?$ ]] || die "CHATSPHERE_GATEWAYS=$gateways: must be a number from 1 to 99"
	[ -f "$src/deploy/lib/web_$web.sh" ] || die "CHATSPHERE_WEB=$web: there is no configuration for it in $src/deploy"
	# shellcheck source=/dev/null
	. "$src/deploy/lib/web_$web.sh"
}

# web_check_port: dies with a sentence when somebody listens on the port. The web server would say it
# too, but only after the build.
web_check_port() {
	if ! [[ $port =~ ^[1-9][0-9]{0,4}$ ]] || ((port > 65535)); then
		die "PORT=$port is no port number"
	fi
	! web_port_taken || die "port $port is already in use: stop what uses it, or choose another: PORT=8090 $0"
}

# State 0A is LISTEN, the local address ends in the port (proc_pid_net(5)).
web_port_taken() {
	cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
		awk -v port=":$(printf %04X "$port")" '$4 == "0A" && $2 ~ port "$" { found = 1 } END { exit !found }'
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
