# shellcheck shell=bash disable=SC2154
# web_apache.sh: Apache in front; see web.sh. Templates: deploy/apache/*.conf.in and the answers *.asis.in.

web_render() {
	local file
	for file in apache.conf site.conf chatsphere.conf; do
		web_fill "$file" -e "s|@LISTEN@|$(web_listen)|" -e "s|@PORT@|$port|" -e "s|@TLS_PORT@|$tls_port|" \
			-e "s|@TLS@|${tls_port:+Define CHATSPHERE_TLS}|" -e "s|@TLS_AT@|:$tls_port|" \
			-e "s|@CERTIFICATE@|$certificate|" -e "s|@KEY@|$key|" \
			-e "s|@FRONT_PROXY@|${front:+Define CHATSPHERE_FRONT}|" -e "s|@FRONT@|$front|" \
			-e "s#@GATEWAYS@#$(web_members)#" -e "s|@LIB@|$home/apache|" -e "s|@ANSWERS@|$home/apache|" \
			-e "s|@USER@|$(web_user)|" -e "s|@MODULES@|/usr/lib/apache2/modules|"
	done
	for file in "$src"/deploy/apache/*.asis.in; do
		web_fill "$(basename "$file" .in)"
	done
}

web_listen() {
	printf 'Listen %s' "${bind:+$bind:}$port"
	[ -z "$tls_port" ] || printf '\\nListen %s' "${bind:+$bind:}$tls_port"
}

web_user() {
	((EUID)) || printf 'User %s\\nGroup %s' "$app_user" "$app_user"
}

# web_members: the gateways as lines for a balancer. Each has a host name of its own, by which Apache tells
# them apart; the gateway sees the client's Host. A connection to it serves one request, as behind the others.
web_members() {
	local name
	for name in $(programs_gateways); do
		# shellcheck disable=SC2016
		printf 'BalancerMember "unix:%s|http://%s" ${CHATSPHERE_MEMBER}\\n    ' "$run/ws/$name.sock" "chatsphere-$name"
	done
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
