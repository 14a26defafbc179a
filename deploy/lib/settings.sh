# shellcheck shell=bash disable=SC2154
# settings.sh: the programs' configuration and the first secrets.
#
# $home/chatsphere.env is what every program reads (--config). The lines that follow from where the
# home is are written anew at each start; every other line is kept, so an operator may add options.
# $home/credentials is made once, with the administrator and the client token, and never touched again.
#
# Needs: home, run, app_user, pg_sql. Sets: config.

# settings_write: makes or refreshes chatsphere.env.
settings_write() {
	config=$home/chatsphere.env
	settings_text >"$home/chatsphere.env.new"
	# The programs' user reads it through its group; nobody else does.
	chown "$(id -u):$(id -g "$app_user")" "$home/chatsphere.env.new"
	chmod 640 "$home/chatsphere.env.new"
	mv "$home/chatsphere.env.new" "$config"
}

settings_text() {
	cat <<-END
		# Written by deploy/quickstart at each start.
		DATABASE_URL=postgresql:///chatsphere?host=$run/pg&user=chatsphere
		DATABASE_OWNER_URL=postgresql:///chatsphere?host=$run/pg&user=chatsphere_owner
		GATEWAY_LISTEN=unix:$run/ws/gateway.sock
		SCHEMA_DIR=$home/usr/share/chatsphere/schema
		RUN_DIR=$run/api
		# Kept as they are; further options may follow.
	END
	if [ -s "$config" ]; then
		grep -Ev '^(#|DATABASE_URL=|DATABASE_OWNER_URL=|GATEWAY_LISTEN=|SCHEMA_DIR=|RUN_DIR=)' "$config"
	else
		echo "JWT_SECRET=$(settings_random 32)"
	fi
}

# settings_random BYTES: random bytes in hex.
settings_random() {
	od -An -v -tx1 -N "$1" /dev/urandom | tr -d ' \n'
}

# settings_get NAME DEFAULT: an option as the programs see it: the environment, the file, the default.
settings_get() {
	local line=
	[ -z "${!1:-}" ] || { echo "${!1}"; return; }
	[ ! -f "$home/chatsphere.env" ] || line=$(sed -n "s/^$1=//p" "$home/chatsphere.env" | tail -n 1)
	echo "${line:-$2}"
}

# ctl COMMAND…: chatspherectl with this configuration; what it says goes to the log, but not what it
# prints.
ctl() {
	"$home/usr/bin/chatspherectl" --config "$config" "$@" 2>>"$home/log/setup.log"
}

# settings_credentials: on the first start, an administrator and a client token. The password is on
# disk before the account is made, so that a start that was interrupted between the two loses nothing.
settings_credentials() {
	local part=$home/credentials.part name=admin token
	[ ! -s "$home/credentials" ] || return 0
	if [ ! -s "$part" ]; then
		(umask 077 && printf 'ADMIN_USERNAME=%s\nADMIN_PASSWORD=%s\n' "$name" "$(settings_random 12)" >"$part")
	fi
	settings_admin "$name" "$(sed -n 's/^ADMIN_PASSWORD=//p' "$part")"
	token=$(ctl token create --type CLIENT --user "$name" --name quickstart --expires never) || settings_fail "no client token"
	echo "CLIENT_TOKEN=$token" >>"$part"
	mv "$part" "$home/credentials"
	say "administrator and client token: $home/credentials"
}

settings_admin() {
	[ -z "$(pg_sql -d chatsphere <<<"SELECT 1 FROM chat.users WHERE username = '$1'")" ] || return 0
	ctl user create "$1" --role ADMIN --password-stdin <<<"$2" >>"$home/log/setup.log" ||
		settings_fail "the administrator could not be made"
}

settings_fail() {
	say_tail "$home/log/setup.log"
	die "$1"
}
