# shellcheck shell=bash disable=SC2154
# web_lighttpd.sh: lighttpd in front; see web.sh. Templates: deploy/lighttpd/*.in.

web_render() {
	local file files=(lighttpd.conf chatsphere.conf request.lua response.lua)
	rm -rf "$home/lighttpd/options"
	mkdir "$home/lighttpd/options"
	[ -z "$tls_port" ] || files+=(tls.conf redirect.lua)
	[ -z "$front" ] || files+=(front.conf)
	for file in "${files[@]}"; do
		web_fill "$file" -e "s|@LISTEN@|$(web_listen)|" \
			-e "s|@TLS_LISTEN@|$(web_tls_listen)|" -e "s|@TLS_AT@|:$tls_port|" \
			-e "s|@CERTIFICATE@|$home/lighttpd/cert.pem|" -e "s|@KEY@|$home/lighttpd/key.pem|" -e "s|@FRONT@|$(web_believed)|" \
			-e "s|@GATEWAYS@|$(web_gateways '( "socket" => "%s", "disable-time" => 0 ), ')|" \
			-e "s|@LIB@|$home/lighttpd|g" -e "s|@OPTIONS@|$home/lighttpd/options|" \
			-e "s|@FILES@|$(web_descriptors)|"
	done
	for file in tls.conf front.conf; do
		[[ " ${files[*]} " != *" $file "* ]] || mv "$home/lighttpd/$file" "$home/lighttpd/options"
	done
	web_own
}

# On every address, unless CHATSPHERE_BIND names one; IPv6 only where the kernel has it. One "\n" of sed
# for each line.
# shellcheck disable=SC2016
web_listen() {
	printf 'server.port = %s\\nserver.bind = "%s"' "$port" "${bind:-0.0.0.0}"
	! web_has_ipv6 || printf '\\n$SERVER["socket"] == "[::]:%s" { }' "$port"
}

# shellcheck disable=SC2016
web_tls_listen() {
	printf '$SERVER["socket"] == "%s:%s" { ssl.engine = "enable" }' "${bind:-0.0.0.0}" "$tls_port"
	! web_has_ipv6 || printf '\\n$SERVER["socket"] == "[::]:%s" { ssl.engine = "enable" }' "$tls_port"
}

web_has_ipv6() {
	[ -z "$bind" ] && [ -e /proc/net/if_inet6 ]
}

web_believed() {
	# shellcheck disable=SC2086
	[ -z "$front" ] || printf '"%s" => "trust", ' $front
}

# What lighttpd, as app_user, writes: bodies on their way, and its logs; and what it reads, at a reload again.
web_own() {
	install -d -m 700 -o "$app_user" "$home/lighttpd/body"
	touch "$home/log/lighttpd.log" "$home/log/access.log"
	chown "$app_user" "$home/log/lighttpd.log" "$home/log/access.log"
	[ -n "$tls_port" ] || return 0
	install -m 444 "$certificate" "$home/lighttpd/cert.pem"
	install -m 400 -o "$app_user" "$key" "$home/lighttpd/key.pem"
}

# As root it starts as app_user, with the right to a port below 1024: one that changes its user by itself is not
# told when this script is gone.
web_up() {
	local as=(setpriv --pdeathsig TERM)
	web_render
	((EUID)) || as=("${as_app[@]:0:${#as_app[@]}-1}" --inh-caps +net_bind_service --ambient-caps +net_bind_service)
	svc_start lighttpd "${as[@]}" -- /usr/sbin/lighttpd -D -f "$home/lighttpd/lighttpd.conf"
}

# The same process goes on with the new configuration; a child ends what was in hand.
web_reload() {
	web_render
	kill -s USR1 "${svc_pid[lighttpd]}"
}
