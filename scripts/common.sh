# common.sh
#	What quickstart and test share: installing packages, building, and running
#	things as a user that initdb does not refuse.  Sourced, not run.

set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

say() { printf '%s\n' "== $*" >&2; }
die() { printf '%s\n' "$0: $*" >&2; exit 1; }

if [ "$(id -u)" = 0 ]; then
	as_root() { "$@"; }
else
	as_root() { sudo "$@"; }
fi

# install_packages NAME...: those that are missing, all at once
install_packages() {
	missing=
	for package in "$@"; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
			missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	command -v apt-get >/dev/null || die "needs$missing, and there is no apt-get"
	[ "$(id -u)" = 0 ] || command -v sudo >/dev/null || die "needs root or sudo to install$missing"
	say "installing$missing"
	as_root apt-get update -qq

	# The server and its headers must be of one version: both, when one is.
	case $missing in
		*postgresql*) missing="$missing postgresql-15 postgresql-server-dev-15" ;;
	esac

	# No cluster of Debian's own is made: ours are in folders of their own.
	if [ ! -e /etc/postgresql-common/createcluster.conf ] && [ ! -d /etc/postgresql-common ]; then
		as_root mkdir -p /etc/postgresql-common
		printf 'create_main_cluster = false\n' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
	fi
	# Nor is any service started: what is needed is started here, and ended.
	policy=/usr/sbin/policy-rc.d
	if [ -e "$policy" ]; then
		policy=
	else
		printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
		as_root chmod 755 "$policy"
	fi
	status=0
	# shellcheck disable=SC2086
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null || status=$?
	[ -z "$policy" ] || as_root rm -f "$policy"
	return "$status"
}

build_packages="gcc make pkg-config postgresql-15 postgresql-server-dev-15 libssl-dev libjson-c-dev libmicrohttpd-dev libgnutls28-dev libpq-dev"
PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}

# as_user COMMAND...: as somebody who is not root
as_user() {
	if [ "$(id -u)" = 0 ]; then
		runuser -u postgres -- "$@"
	else
		"$@"
	fi
}
