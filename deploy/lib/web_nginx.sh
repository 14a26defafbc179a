# shellcheck shell=bash disable=SC2154
# web_nginx.sh: nginx in front; see web.sh. Templates: deploy/nginx/*.conf.in.

web_render() {
	local file files=(nginx.conf chatsphere.conf)
	rm -rf "$home/nginx/options"
	mkdir "$home/nginx/options"
	[ -z "$tls_port" ] || files+=(tls.conf)
	[ -z "$front" ] || files+=(front.conf)
	for file in "${files[@]}"; do
		web_fill "$file" -e "s|@LISTEN@|$(web_listen "$port" 'backlog=1024')|" \
			-e "s|@TLS_LISTEN@|$(web_listen "$tls_port" 'ssl http2 backlog=1024')|" -e "s|@TLS_AT@|:$tls_port|" \
			-e "s|@CERTIFICATE@|$certificate|" -e "s|@KEY@|$key|" -e "s|@FRONT@|$(web_believed)|" \
			-e "s|@GATEWAYS@|$(web_gateways 'server unix:%s max_fails=0; ')|" -e "s|@OPTIONS@|$home/nginx/options|" \
			-e "s|@USER@|$( ((EUID)) || echo "user $app_user;")|" -e "s|@FILES@|$(web_descriptors)|"
	done
	((${#files[@]} == 2)) || (cd "$home/nginx" && mv "${files[@]:2}" options)
}

# web_listen PORT PARAMETERS: on every address, unless CHATSPHERE_BIND names one; IPv6 only where the kernel
# has it.
web_listen() {
	if [ -n "$bind" ]; then
		echo "listen $bind:$1 $2;"
	else
		echo "listen $1 $2;"
		[ ! -e /proc/net/if_inet6 ] || echo "listen [::]:$1 ipv6only=on $2;"
	fi | paste -sd ' '
}

web_believed() {
	# shellcheck disable=SC2086
	[ -z "$front" ] || printf 'set_real_ip_from %s; ' $front
}

web_up() {
	web_render
	svc_start nginx setpriv --pdeathsig TERM -- \
		/usr/sbin/nginx -p "$home/nginx" -e "$home/log/nginx.log" -c "$home/nginx/nginx.conf"
}

web_reload() {
	web_render
	kill -s HUP "${svc_pid[nginx]}"
}
