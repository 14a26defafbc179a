# shellcheck shell=bash disable=SC2154
# home.sh: $CHATSPHERE_HOME, where everything of one running system lives.
#
#   credentials chatsphere.env  the administrator's secrets; the programs' configuration
#   build/ usr/                 what was compiled, what was installed
#   pg/ nginx/ log/ pid/        the cluster, the web server's files, logs, one file for each process started
#   run/                        sockets: api.sock auth.sock ws/gateway*.sock pg/.s.PGSQL.5432; what the
#                               workers share: api/
#
# As root the database runs as `postgres` and everything that faces clients as `www-data`; as anybody
# else all of it runs as that user. Only directories that a program writes to belong to its user, so
# that nothing in here can lead root astray. One quickstart at a time owns a home (a lock on it).
#
# Sets: home, run, db_user, app_user, and the prefixes as_db and as_app with which a program is
# started: the right user, and a signal from the kernel when this script is gone, even by kill -9.

# Longest socket path inside run/, and what sockaddr_un takes without its final NUL.
home_longest_socket=/pg/.s.PGSQL.5432
home_socket_max=107

# home_open PATH: makes the home ready and locks it, or dies with a sentence.
home_open() {
	home_check_path "$src"
	home_check_path "$1"
	home_users
	home_place "$1"
	home_lock
	home_check_owner
	home_dirs
}

# make, the web servers and the configuration files cannot all quote these.
home_check_path() {
	[[ $1 != *[[:space:]\"\'\\\$\&\#\;\{\}\|\`]* ]] ||
		die "a path with blanks or quotes cannot be used: $1"
}

home_users() {
	local to_db=() to_app=()
	db_user=$(id -un) app_user=$db_user
	if ((EUID == 0)); then
		db_user=postgres app_user=www-data
		to_db=(--reuid="$db_user" --regid="$db_user" --init-groups)
		to_app=(--reuid="$app_user" --regid="$app_user" --init-groups)
	fi
	# PostgreSQL's quick and orderly stop is SIGINT; SIGTERM would wait for its clients.
	as_db=(setpriv "${to_db[@]}" --pdeathsig INT --)
	as_app=(setpriv "${to_app[@]}" --pdeathsig TERM --)
}

# home_place PATH: sets home. Where the users of the programs cannot come (a clone below /root), the
# real directory stands under /var/lib and PATH is a symbolic link to it.
home_place() {
	local path=$1 parent
	parent=$(dirname "$path")
	mkdir -p "$parent" || die "cannot make $parent"
	parent=$(cd "$parent" && pwd -P)
	path=$parent/$(basename "$path")
	home_reachable "$parent" || home_elsewhere "$path"
	mkdir -p "$path" || die "cannot make $path"
	home=$(cd "$path" && pwd -P)
	chmod 755 "$home"
	home_reachable "$home" ||
		die "the users $db_user and $app_user cannot come to $home: set CHATSPHERE_HOME to another place"
}

home_elsewhere() {
	local real
	[ ! -d "$1" ] || rmdir "$1" 2>/dev/null || return 0
	real=/var/lib/chatsphere-quickstart/$(home_hash "$1")
	say "$1 is out of reach of the users $db_user and $app_user: it becomes a link to $real"
	mkdir -p "$real"
	ln -sfn "$real" "$1"
}

home_reachable() {
	"${as_db[@]}" test -x "$1" && "${as_app[@]}" test -x "$1"
}

# home_hash TEXT: ten hex digits, to make a short name of a long one.
home_hash() {
	sha256sum <<<"$1" | cut -c 1-10
}

# The lock is the kernel's: it is gone when its holder is, and the command that it was just running
# (hence the second). The file says who that is.
home_lock() {
	exec 9>>"$home/lock"
	if ! flock -w 1 9; then
		die "another quickstart (process $(<"$home/lock")) is running on $home"
	fi
	echo $$ >"$home/lock"
}

# A cluster that was made by root cannot be run by somebody else, and the other way round.
home_check_owner() {
	local owner
	[ -d "$home/pg" ] || return 0
	owner=$(stat -c %U "$home/pg")
	[ "$owner" = "$db_user" ] ||
		die "$home was made for the user $owner: start as before, or set CHATSPHERE_HOME to another place"
}

home_dirs() {
	mkdir -p "$home"/{build,log,pid,"$web"}
	home_choose_run
	mkdir -p "$run"
	# In /tmp somebody else may have been there first.
	[[ -O $run && ! -L $run ]] || die "$run belongs to somebody else"
	chmod 755 "$run"
	install -d -m 755 -o "$db_user" "$run/pg"
	install -d -m 750 -o "$app_user" "$run/ws"
	install -d -m 700 -o "$app_user" "$run/api"
}

# Sets run: $home/run, or a short directory in /tmp that $home/run points to.
home_choose_run() {
	run=$home/run
	[ ! -L "$run" ] || rm "$run"
	if ((${#run} + ${#home_longest_socket} > home_socket_max)) || [[ $run =~ [^A-Za-z0-9/._-] ]]; then
		rm -rf "$run"
		run=/tmp/chatsphere-$EUID-$(home_hash "$home")
		ln -s "$run" "$home/run"
	fi
}

# home_close: what is not below the home goes away with the processes.
home_close() {
	[ ! -L "$home/run" ] || rm -rf "$run"
}
