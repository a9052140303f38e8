#!/bin/bash
# others-test.sh: install, reinstall and remove the rpm and the Arch Linux package of dist in a clean Debian, by rpm and
# pacman, without their dependencies. It leaves out what is not installed here. Needs root, and the archive of
# bookworm that deb-test.sh made.
set -euo pipefail
cd "$(dirname "$0")/.."
roots=${ROOTS:-dist/roots}
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
printf '[options]\nSigLevel = Never\nLocalFileSigLevel = Never\n' >"$work/pacman.conf"

fail() { echo "others-test: $*" >&2 && cat "$work/log" >&2 && exit 1; }

# try NAME SAVED INSTALL REINSTALL REMOVE: run three commands in a new system at $root. SAVED is how the file is called to
# which a removal moves a changed configuration.
try() {
	local config=$root/etc/hotspot-helper
	mkdir -p "$root"
	tar -xpf "$roots/bookworm.tar" -C "$root" --exclude=./dev
	mkdir -p "$root/dev" "$root/var/lib/pacman"
	touch "$root/dev/null"
	ln -sf bash "$root/bin/sh" # as on the systems that these packages are for
	$3 >"$work/log" 2>&1 || fail "$1: install"
	grep -q '^hotspot-helper:' "$root/etc/passwd" || fail "$1: no user"
	chroot "$root" helper --version >>"$work/log" || fail "$1: the command does not run"
	echo 'keepalive = "2m"' >"$config/helper.toml"
	chroot "$root" systemctl enable hotspot-helper-system.service 2>>"$work/log"
	$4 >>"$work/log" 2>&1 || fail "$1: reinstall"
	! grep "kept, because" "$work/log" || fail "$1: an upgrade speaks of a removal"
	grep -q 2m "$config/helper.toml" || fail "$1: an upgrade takes the configuration"
	[ "$(chroot "$root" systemctl is-enabled hotspot-helper-system.service)" = enabled ] || fail "$1: an upgrade disables the agent"
	$5 >>"$work/log" 2>&1 || fail "$1: remove"
	grep -q /var/lib/private/hotspot-helper "$work/log" || fail "$1: a removal does not say what is kept"
	! grep -E "permissions differ|rror" "$work/log" || fail "$1: faults"
	local left
	left=$(cd "$root" && find . -xdev -path '*hotspot*' | sort | tr '\n' ' ')
	[ "$left" = "./etc/hotspot-helper ./etc/hotspot-helper/$2 " ] || fail "$1: a removal leaves $left"
	echo "$1: installed, reinstalled and removed"
}

if command -v rpm >/dev/null; then
	root=$work/rpm rpm="rpm --root $work/rpm --nodeps"
	try rpm helper.toml.rpmsave "$rpm --install $(echo dist/*.rpm)" "$rpm --upgrade --force $(echo dist/*.rpm)" "$rpm --erase hotspot-helper"
else
	echo "rpm is not installed: rpm not tried"
fi
if command -v pacman >/dev/null; then
	root=$work/arch pacman="pacman --config $work/pacman.conf --root $work/arch --dbpath $work/arch/var/lib/pacman --noconfirm"
	try "Arch Linux" helper.toml.pacsave "$pacman -Udd $(echo dist/*.pkg.tar.zst)" "$pacman -Udd $(echo dist/*.pkg.tar.zst)" "$pacman -R hotspot-helper"
else
	echo "pacman is not installed: Arch Linux package not tried"
fi
