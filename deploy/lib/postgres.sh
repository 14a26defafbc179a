# shellcheck shell=bash disable=SC2154
# postgres.sh: a private PostgreSQL cluster in $home/pg, on a unix socket only.
#
# Who may be whom is decided by the operating system's user (peer authentication with a map), so there
# is no password anywhere:
#   the programs' user   → chatsphere         LOGIN, member of chat_app: what the programs may do
#   who runs this script → chatsphere_owner   owner of the database: migrations
#                          chatsphere, postgres (superuser) as well, for a look at the data
# Durability is PostgreSQL's default: the programs refuse to start on less.
#
# Needs: home, run, db_user, app_user, as_db. Sets: pg_bin.

pg_bin=/usr/lib/postgresql/15/bin

pg_up() {
	[ -x "$pg_bin/postgres" ] || die "PostgreSQL 15 is not in $pg_bin"
	pg_create
	pg_access
	pg_clear_leftovers
	svc_start postgres "${as_db[@]}" "$pg_bin/postgres" -D "$home/pg" \
		-c listen_addresses= -c unix_socket_directories="$run/pg" -c max_connections=200
	wait_until 60 pg_answers_or_ended || die "PostgreSQL does not answer on $run/pg"
	svc_check
	pg_roles
}

# A directory counts as a cluster once initdb has finished with it.
pg_create() {
	[ ! -s "$home/pg/PG_VERSION" ] || return 0
	say "making a PostgreSQL cluster in $home/pg"
	rm -rf "$home/pg.new"
	install -d -m 700 -o "$db_user" "$home/pg.new"
	step "$home/log/initdb.log" "${as_db[@]}" "$pg_bin/initdb" -D "$home/pg.new" \
		--username=postgres --auth=peer --encoding=UTF8 --locale=C.UTF-8 --data-checksums || {
		say_tail "$home/log/initdb.log"
		die "initdb failed"
	}
	mv "$home/pg.new" "$home/pg"
}

# Written at every start: a home may have been copied to another user's machine.
pg_access() {
	local me
	me=$(id -un)
	pg_file pg_hba.conf <<<"local all all peer map=chatsphere"
	pg_file pg_ident.conf <<-END
		chatsphere "$app_user" chatsphere
		chatsphere "$db_user" postgres
		chatsphere "$me" postgres
		chatsphere "$me" chatsphere_owner
		chatsphere "$me" chatsphere
	END
}

# pg_file NAME: stdin becomes that file of the cluster.
pg_file() {
	install -m 600 -o "$db_user" /dev/stdin "$home/pg/$1"
}

# After a kill -9 of the postmaster its back ends end by themselves, but not at once, and a new one
# refuses to start beside them. They are known by their working directory.
pg_clear_leftovers() {
	wait_until 10 pg_has_no_orphans || die "processes of an earlier PostgreSQL in $home/pg do not end"
	# The number in these may be another process's by now, or a zombie's, and would count as running.
	rm -f "$home/pg/postmaster.pid" "$run"/pg/.s.PGSQL.*
}

pg_has_no_orphans() {
	local cwd
	for cwd in /proc/[0-9]*/cwd; do
		[ "$(readlink "$cwd" 2>/dev/null)" != "$home/pg" ] || return 1
	done
}

pg_answers_or_ended() {
	"$pg_bin/pg_isready" -q -h "$run/pg" -U postgres -d postgres || ! svc_lives "${svc_pid[postgres]}"
}

# Each start makes what is missing; chat_app is made by the first migration (pg_grant).
pg_roles() {
	pg_sql -d postgres <<-'END'
		SELECT 'CREATE ROLE chatsphere_owner LOGIN CREATEROLE'
		 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'chatsphere_owner') \gexec
		SELECT 'CREATE ROLE chatsphere LOGIN'
		 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'chatsphere') \gexec
		SELECT 'CREATE DATABASE chatsphere OWNER chatsphere_owner'
		 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'chatsphere') \gexec
	END
}

pg_grant() {
	pg_sql -d chatsphere <<<"SET client_min_messages = warning; GRANT chat_app TO chatsphere"
}

# pg_sql OPTION…: psql as the superuser, reading stdin; dies when a statement fails.
pg_sql() {
	"$pg_bin/psql" -h "$run/pg" -U postgres -X -q -A -t -v ON_ERROR_STOP=1 "$@" || die "a statement failed"
}

pg_down() {
	svc_stop postgres INT 20
}
