# chroot.sh
#	What package-test, guide-test, dockerfile-test and matrix share: a fresh
#	Debian in a folder of its own, and running things in it with a network and
#	processes that nobody else has.  Sourced, as root, after common.sh.

[ "$(id -u)" = 0 ] || die "needs root"
install_packages mmdebstrap

chroots=${AGENT_AUTH_CHROOTS:-/var/tmp/agent_auth_chroots}
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources 2>/dev/null |
	sed -nE 's/^(URIs: |deb (\[[^]]*\] )?)([^ ]*\/debian)\/?( .*)?$/\3/p' | head -n 1)

# fresh_chroot DIR [SUITE]: a copy of a minimal Debian, which is made once; of 12,
# when none is named
fresh_chroot() {
	release=${2-bookworm}
	base=$chroots/$release-fresh
	if [ ! -e "$base.done" ]; then
		say "making $base"
		rm -rf "$base"
		mkdir -p "$chroots"
		mmdebstrap --quiet --variant=minbase --skip=check/empty \
			--aptopt='Acquire::Check-Valid-Until "false"' --include=ca-certificates \
			"$release" "$base" "$mirror" </dev/null
		for pocket in "$release-updates" "$release-security"; do
			echo "deb $mirror$(case $pocket in *security) echo -security ;; esac) $pocket main"
		done >>"$base/etc/apt/sources.list"
		echo 'APT::Get::Assume-Yes "true";' >"$base/etc/apt/apt.conf.d/90unattended"
		touch "$base.done"
	fi
	rm -rf "$1"
	cp -a "$base" "$1"
}

# in_chroot DIR COMMAND...: with the machine's network
in_chroot() {
	chroot=$1
	shift
	cp /etc/resolv.conf "$chroot/etc/resolv.conf"
	env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive chroot "$chroot" "$@"
}

# The ports are free, since nobody else is there, and all that was started ends
# with the first process.
alone="unshare --net --mount --pid --fork --kill-child"

# alone_in DIR COMMAND...: without a network, with processes and shared memory of
# its own
alone_in() {
	chroot=$1
	shift
	mkdir -p "$chroot/dev/shm"
	# shellcheck disable=SC2016
	$alone sh -euc '
		mount -t proc proc "$1/proc"
		mount -t tmpfs tmpfs "$1/dev/shm"
		exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 chroot "$@"
	' alone_in "$chroot" "$@"
}
