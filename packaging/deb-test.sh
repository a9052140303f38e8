#!/bin/bash
# deb-test.sh SUITE...: install the deb of dist in a clean Debian, use it, upgrade it and purge it. Needs root and
# mmdebstrap. ROOTS names a directory for the archives of the systems, which are made once.
#
# First without systemd as process 1, in namespaces for mounts and processes, on a bus of its own. Then booted by
# systemd-nspawn, with the units; that is left out where systemd-nspawn is not installed.
set -euo pipefail
cd "$(dirname "$0")/.."
roots=${ROOTS:-dist/roots}
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
mkdir -p "$roots"

# unpack ROOT ARCHIVE: make a system with the packages.
unpack() {
	mkdir "$1"
	tar -xpf "$2" -C "$1" --exclude=./dev
	mkdir -p "$1/dev" "$1/packages"
	cp "$deb" "$1/packages/hotspot-helper.deb"
	cp "$work/newer.deb" packaging/*-inside.sh "$1/packages/"
}

# use SUITE ARCHIVE: run deb-test-inside.sh.
use() {
	unpack "$work/$1" "$2"
	# shellcheck disable=SC2016 # expanded in the namespace
	unshare --mount --pid --ipc --fork --kill-child --mount-proc bash -ec '
		mount --bind "$1" "$1"
		mount -t proc proc "$1/proc"
		mount -t tmpfs tmpfs "$1/run"
		mount -t tmpfs tmpfs "$1/dev"
		for device in null zero random urandom; do
			touch "$1/dev/$device"
			mount --bind "/dev/$device" "$1/dev/$device"
		done
		ln -s /proc/self/fd "$1/dev/fd"
		exec chroot "$1" /packages/deb-test-inside.sh' unshare "$work/$1"
}

# boot SUITE ARCHIVE: boot the system with a unit that runs boot-test-inside.sh.
boot() {
	local root=$work/$1-booted
	unpack "$root" "$2"
	cat >"$root/etc/systemd/system/package-test.service" <<-END
		[Unit]
		After=dbus.service systemd-logind.service
		[Service]
		ExecStart=/packages/boot-test-inside.sh
	END
	mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
	ln -s ../package-test.service "$root/etc/systemd/system/multi-user.target.wants/"
	timeout --kill-after=10 180 systemd-nspawn --quiet --register=no --keep-unit --private-network --boot --directory "$root" \
		</dev/null >"$work/console" 2>&1 || true
	[ "$(cat "$root/packages/status" 2>/dev/null)" = 0 ] || {
		cat "$work/console" "$root/packages/log" && echo "$1: the booted system failed" && exit 1
	}
}

deb=$(ls dist/*.deb)
packaging/newer.sh "$deb" "$work/newer.deb"
for suite in "$@"; do
	archive=$roots/$suite.tar
	[ -e "$archive" ] || {
		mmdebstrap --quiet --format=tar --variant=minbase --include=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,polkitd,procps "$suite" "$archive.part"
		mv "$archive.part" "$archive"
	}
	use "$suite" "$archive"
	echo "$suite: installed, used, upgraded and purged"
	if command -v systemd-nspawn >/dev/null; then
		boot "$suite" "$archive"
		echo "$suite: the same with its units, booted"
	else
		echo "$suite: systemd-nspawn is not installed: units not started"
	fi
done
