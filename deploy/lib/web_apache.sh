# shellcheck shell=bash disable=SC2154
# web_apache.sh: Apache in front; see web.sh. Templates: deploy/apache/{apache,chatsphere}.conf.in and the
# answers *.asis.in.

web_render() {
	local file answer
	for file in apache.conf chatsphere.conf; do
		web_fill "$file" -e "s|@LISTEN@|Listen ${bind:+$bind:}$port|" -e "s|@PORT@|$port|" \
			-e "s#@GATEWAYS@#$(web_members)#" -e "s|@MODULES@|/usr/lib/apache2/modules|" \
			-e "s|@USER@|$(web_user)|" -e "s|@ANSWERS@|$home/apache|"
	done
	for file in "$src"/deploy/apache/*.asis.in; do
		answer=$(basename "$file" .in)
		web_fill "$answer"
	done
}

# web_members: the gateways as lines for a balancer. Each has a host name of its own, by which Apache tells
# them apart; the gateway sees the client's Host. A connection to it serves one request, as behind the others.
web_members() {
	local name
	for name in $(programs_gateways); do
		printf 'BalancerMember "unix:%s|http://%s" upgrade=websocket disablereuse=on retry=1 connectiontimeout=5 timeout=3600 flushpackets=on\\n    ' \
			"$run/ws/$name.sock" "chatsphere-$name"
	done
}

web_user() {
	((EUID)) || printf 'User %s\\nGroup %s' "$app_user" "$app_user"
}

web_up() {
	web_render
	# shellcheck disable=SC2016
	svc_start apache setpriv --pdeathsig TERM -- /bin/sh -c 'ulimit -n "$0" && exec "$@"' "$(web_descriptors)" \
		/usr/sbin/apache2 -D FOREGROUND -E "$home/log/apache.log" -f "$home/apache/apache.conf"
}

web_reload() {
	web_render
	kill -s USR1 "${svc_pid[apache]}"
}
