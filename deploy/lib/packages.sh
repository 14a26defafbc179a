# shellcheck shell=bash disable=SC2154
# packages.sh: Debian packages that are missing, and their installation.
#
# The lists stand in deploy/packages: build, run, test, and one for each web server. When all is there nothing is run but one
# dpkg-query. When something is missing its names are printed before apt-get starts, as root or
# through sudo. Freshly installed servers (the web server, the distribution's own PostgreSQL cluster) are kept
# from starting: ChatSphere uses private ones. Sourced by deploy/quickstart and tests/run.

# pkg_names LIST…: the packages on the lists, one a line.
pkg_names() {
	local list
	for list; do
		sed 's/[[:space:]]*#.*//; /^$/d' "$src/deploy/packages/$list"
	done
}

# pkg_missing LIST…: those of them that are not installed.
pkg_missing() {
	local names
	mapfile -t names < <(pkg_names "$@")
	# Unknown names make dpkg-query fail and are simply not in its answer.
	comm -23 <(printf '%s\n' "${names[@]}" | sort -u) \
		<(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${names[@]}" 2>/dev/null |
			sed -n 's/^installed //p' | sort -u)
}

# pkg_require LIST…: returns when all of it is installed; dies with a sentence when that cannot be.
pkg_require() {
	local missing as_root=()
	command -v dpkg-query >/dev/null || die "this is no Debian system; install by hand what deploy/packages names"
	mapfile -t missing < <(pkg_missing "$@")
	((${#missing[@]})) || return 0
	if ((EUID != 0)); then
		command -v sudo >/dev/null || die "missing packages, and neither root nor sudo: ${missing[*]}"
		as_root=(sudo)
	fi
	say "installing Debian packages${as_root[0]:+ (through sudo)}: ${missing[*]}"
	"${as_root[@]}" sh -s -- "${missing[@]}" <<<"$pkg_install_script" ||
		die "apt-get could not install them; its last messages stand above"
}

# Runs as root. policy-rc.d is Debian's way to say "do not start services now"; one that is already
# there belongs to somebody else and stays as it is.
# shellcheck disable=SC2016
pkg_install_script='
policy=/usr/sbin/policy-rc.d
log=$(mktemp)
made=
trap "rm -f \$made $log" EXIT
trap "exit 1" INT TERM HUP
if [ ! -e "$policy" ]; then
	made=$policy
	printf "#!/bin/sh\nexit 101\n" >"$policy"
	chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
{
	apt-get -q update &&
		apt-get -q -y --no-install-recommends -o Dpkg::Use-Pty=0 install -- "$@"
} </dev/null >"$log" 2>&1 || {
	tail -n 20 "$log" >&2
	exit 1
}
'
