# shellcheck shell=bash disable=SC2154
# web_nginx.sh: nginx in front; see web.sh. Templates: deploy/nginx/{nginx,chatsphere}.conf.in.

web_render() {
	local file
	for file in nginx.conf chatsphere.conf; do
		web_fill "$file" -e "s|@LISTEN@|$(web_listen)|" -e "s|@GATEWAYS@|$(web_gateways 'server unix:%s max_fails=0; ')|" \
			-e "s|@USER@|$( ((EUID)) || echo "user $app_user;")|" -e "s|@FILES@|$(web_descriptors)|"
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

web_up() {
	web_render
	svc_start nginx setpriv --pdeathsig TERM -- \
		/usr/sbin/nginx -p "$home/nginx" -e "$home/log/nginx.log" -c "$home/nginx/nginx.conf"
}

web_reload() {
	web_render
	kill -s HUP "${svc_pid[nginx]}"
}
