# shellcheck shell=bash disable=SC2154
# web_lighttpd.sh: lighttpd in front; see web.sh. Templates: deploy/lighttpd/*.in.

web_render() {
	local file user=
	[ -z "$tls_port$front" ] || die "CHATSPHERE_WEB=lighttpd: HTTPS and a proxy in front are for nginx and apache"
	((EUID)) || user="server.username = \"$app_user\"\\nserver.groupname = \"$app_user\""
	for file in lighttpd.conf chatsphere.conf request.lua response.lua; do
		web_fill "$file" -e "s|@LISTEN@|$(web_listen)|" -e "s|@GATEWAYS@|$(web_gateways '( "socket" => "%s", "disable-time" => 0 ), ')|" \
			-e "s|@USER@|$user|" -e "s|@FILES@|$(web_descriptors)|" -e "s|@CONF@|$home/lighttpd|g"
	done
	web_own
}

# On every address, unless CHATSPHERE_BIND names one; IPv6 only where the kernel has it. One "\n" of sed
# for each line.
# shellcheck disable=SC2016
web_listen() {
	printf 'server.port = %s\\nserver.bind = "%s"' "$port" "${bind:-0.0.0.0}"
	if [ -z "$bind" ] && [ -e /proc/net/if_inet6 ]; then
		printf '\\n$SERVER["socket"] == "[::]:%s" { }' "$port"
	fi
}

# What lighttpd writes as app_user: bodies on their way, and its logs, which it opens again at a reload.
web_own() {
	install -d -m 700 -o "$app_user" "$home/lighttpd/body"
	touch "$home/log/lighttpd.log" "$home/log/access.log"
	chown "$app_user" "$home/log/lighttpd.log" "$home/log/access.log"
}

web_up() {
	web_render
	svc_start lighttpd setpriv --pdeathsig TERM -- /usr/sbin/lighttpd -D -f "$home/lighttpd/lighttpd.conf"
}

# The same process goes on with the new configuration; a child ends what was in hand.
web_reload() {
	web_render
	kill -s USR1 "${svc_pid[lighttpd]}"
}
