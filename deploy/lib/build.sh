# shellcheck shell=bash disable=SC2154
# build.sh: from the sources to $home/usr.
#
# Compiles out of the source tree in $home/build, installs below $home/usr. The only thing that is
# written into the source tree is configure and its companions, when it is a clone. With
# CHATSPHERE_BUILD, an existing build tree is installed instead. Output goes to log/build.log.
#
# Needs: src, home, step. Every function returns 1, with the log's end shown, when something fails.

# What configure gets besides the prefix.
build_flags=()

# build_all: brings $home/usr up to date.
build_all() {
	: >"$home/log/build.log"
	if [ -n "${CHATSPHERE_BUILD:-}" ]; then
		build_step make -C "$CHATSPHERE_BUILD" install "prefix=$home/usr"
	else
		[ -x "$home/usr/bin/chatsphere-api" ] || say "building (a minute or so; the log is $home/log/build.log)"
		build_compile && build_step make -C "$home/build" install
	fi
}

# build_compile: brings $home/build up to date.
build_compile() {
	build_autotools && build_configure && build_step make -C "$home/build" "-j$(nproc)"
}

# Two of them may be started from one clone at the same time.
build_autotools() {
	[ -x "$src/configure" ] && return
	(
		exec 8<"$src"
		flock 8
		[ -x "$src/configure" ] || build_step autoreconf -i "$src"
	)
}

# A home that has been moved since is configured anew.
build_configure() {
	local stamp=$home/build/.configured wanted="--prefix=$home/usr ${build_flags[*]}"
	[[ -x $home/build/config.status && -s $stamp && $(<"$stamp") == "$wanted" ]] && return
	build_step env -C "$home/build" "$src/configure" --prefix="$home/usr" --silent "${build_flags[@]}" || return
	echo "$wanted" >"$stamp"
}

build_step() {
	step "$home/log/build.log" "$@" && return
	say_tail "$home/log/build.log"
	return 1
}
