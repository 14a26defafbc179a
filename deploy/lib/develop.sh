# shellcheck shell=bash disable=SC2154
# develop.sh: quickstart --dev: when a source file changes, build, migrate and start the programs again.
#
# The watcher is one more service: it ends when something has changed, and is started anew *before* the
# build, so that what is saved meanwhile is seen too. When the sources do not build, the programs that
# run go on. PostgreSQL and the web server are not restarted.

develop_paths=(src ws-gateway schema web deploy/web.sed configure.ac Makefile.am)

develop_watch() {
	touch "$home/build/.seen"
	svc_start watch setpriv --pdeathsig TERM -- "$BASH" "$src/deploy/lib/watch" "$home/build/.seen" \
		"${develop_paths[@]/#/$src/}" "$src/deploy/$web"
}

# develop_again: after the watcher has ended.
develop_again() {
	unset "svc_pid[watch]"
	develop_watch
	say "a source file has changed: building"
	if build_all && programs_migrate; then
		develop_restart
	else
		say "this did not work; what ran before goes on"
	fi
}

develop_restart() {
	programs_down
	programs_up
	web_reload
	programs_wait_ready
	say "restarted"
}
