# shellcheck shell=bash disable=SC2154
# web.sh: nginx with a configuration of its own: the port, the rendering, the start.
#
# Nothing of the distribution's nginx is used but the program: pid, temporary files, logs and
# configuration are all in the home. Templates: deploy/nginx/{nginx,chatsphere}.conf.in.
#
# Needs: home, run, app_user, port, bind. As root nginx drops to app_user by itself.

# web_check_port: dies with a sentence when somebody listens on the port. nginx would say it too, but
# only after the build.
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

web_render() {
	local file
	for file in nginx chatsphere; do
		sed -e "s|@LISTEN@|$(web_listen)|" \
			-e "s|@USER@|$( ((EUID)) || echo "user $app_user;")|" \
			-e "s|@FILES@|$(web_descriptors)|" \
			-e "s|@STATE@|$home/nginx|g" -e "s|@LOG@|$home/log|g" -e "s|@RUN@|$run|g" \
			-e "s|@WEB@|$home/usr/share/chatsphere/web|g" \
			"$src/deploy/nginx/$file.conf.in" >"$home/nginx/$file.conf"
	done
}

# On every address, unless CHATSPHERE_BIND names one; IPv6 only where the kernel has it.
web_listen() {
	if [ -n "$bind" ]; then
		echo "listen $bind:$port backlog=1024;"
	else
		echo "listen $port backlog=1024;"
		[ ! -e /proc/net/if_inet6 ] || echo "listen [::]:$port ipv6only=on backlog=1024;"
	fi | paste -sd ' '
}

# A WebSocket takes two descriptors in nginx.
web_descriptors() {
	local hard
	hard=$(ulimit -Hn)
	if [[ $hard == unlimited ]] || ((hard > 65536)); then
		hard=65536
	fi
	echo "$hard"
}

web_up() {
	web_render
	svc_start nginx setpriv --pdeathsig TERM -- \
		/usr/sbin/nginx -p "$home/nginx" -e "$home/log/nginx.log" -c "$home/nginx/nginx.conf"
}
