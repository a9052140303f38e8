#!/bin/bash
# build.sh [PACKAGE...]: build the VM image of the lab, with these Debian packages besides those that every scenario needs,
# unless the cache has it already, and print its directory. PACKAGE/SUITE takes a package from another suite, such as
# bookworm-backports; PACKAGE@SUITE only unpacks it below /opt/SUITE, for a program that needs a later libc: list that too.
#
# The image is a stock Debian 12 kernel (the cloud flavour has no mac80211), a root file system of Debian packages, and an
# initramfs with just enough to mount it. Needs root, the package sources of the machine, and neither loop devices nor
# modules of the host. LAB_CACHE chooses another cache directory.
set -euo pipefail
cd "$(dirname "$0")"

exec 3>&1 >&2 # the result goes to descriptor 3, messages of the tools to standard error

SUITE=bookworm
PACKAGES=(dbus hostapd iw wireless-regdb dnsmasq-base opennds iptables nftables iproute2 busybox-static curl jq procps util-linux kmod)

# The modules of the guest: 9p and virtio to reach the host, ext4 for its disk, the simulated radio, veth, and all of net/,
# because iptables loads its matches by name at run time.
MODULES=(net crypto lib arch/x86/crypto fs/9p fs/fscache fs/netfs fs/ext4 fs/jbd2 fs/mbcache.ko
	drivers/virtio drivers/block/virtio_blk.ko drivers/char/hw_random drivers/net/veth.ko
	drivers/net/wireless/mac80211_hwsim.ko)

# tools installs the programs of this script that are missing.
tools() {
	local missing=() pair
	for pair in mmdebstrap:mmdebstrap mke2fs:e2fsprogs cpio:cpio xz:xz-utils; do
		command -v "${pair%:*}" >/dev/null || missing+=("${pair#*:}")
	done
	[ ${#missing[@]} -eq 0 ] && return
	echo "lab: installing ${missing[*]}"
	apt-get -qq update
	apt-get -qq install -y --no-install-recommends "${missing[@]}"
}

# sources prints the package sources of the machine for SUITE, so that packages come from the mirror that it uses already, and
# for the other suites that packages are taken from.
sources() {
	local own suite
	# shellcheck disable=SC2016 # apt's own placeholders
	own=$(apt-get indextargets --format 'deb $(SITE) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' | sort -u | grep " $SUITE") ||
		{ echo "lab: apt knows no package source of $SUITE: is this Debian 12, and did apt-get update run?" >&2 && return 1; }
	echo "$own"
	for suite in $(printf '%s\n' "${extra[@]}" "${apart[@]}" | sed -n 's,.*[/@],,p' | sort -u); do
		echo "$own" | sed -n "s/ $SUITE main\$/ $suite main/p"
	done
}

# rootfs ROOT KERNEL: the packages, configured, in ROOT; the kernel package in KERNEL, fetched through the same sources, and
# below it those that are only unpacked.
rootfs() {
	local exclude=() dir package
	# All binary packages of a source package must come from the same suite, essential ones included.
	local pins=
	for package in "${extra[@]}"; do
		case $package in */*) pins+="Package: src:${package%/*}\nPin: release n=${package#*/}\nPin-Priority: 990\n\n" ;; esac
	done
	for package in "${apart[@]}"; do pins+="Package: *\nPin: release n=${package#*@}\nPin-Priority: -1\n\n"; done
	for dir in doc man locale info bash-completion; do exclude+=(--dpkgopt="path-exclude=/usr/share/$dir/*"); done
	# shellcheck disable=SC2016 # expanded by the hook, inside mmdebstrap
	APART=${apart[*]} KERNEL=$2 mmdebstrap --quiet --mode=root --variant=essential --include="${PACKAGES[*]} ${extra[*]%/*}" "${exclude[@]}" \
		--setup-hook="printf '$pins' >\"\$1/etc/apt/preferences.d/suites\"" \
		--customize-hook='cd "$KERNEL" && export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" &&
			apt-get -qq -o APT::Sandbox::User=root download \
				"$(apt-cache depends linux-image-amd64 | sed -n "s/^ *Depends: //p")"
			for package in $APART; do
				mkdir -p "$KERNEL/$package" && cd "$KERNEL/$package" &&
					apt-get -qq -o APT::Sandbox::User=root download "${package%@*}/${package#*@}"
			done' \
		"$SUITE" "$1" - <<<"$(sources)"
	for package in "${apart[@]}"; do
		mkdir -p "$1/opt/${package#*@}"
		dpkg-deb -x "$2/$package"/*.deb "$1/opt/${package#*@}"
	done
	dpkg-deb -x "$2"/*.deb "$2"
	install -m 755 image/init "$1/sbin/init"
	mkdir "$1/share" "$1/ctl"
	# Debian's default, iptables-nft, kills this openNDS: its scripts set chain priorities that iptables-nft refuses.
	ln -sf /usr/sbin/iptables-legacy "$1/etc/alternatives/iptables"
	ln -sf /usr/sbin/ip6tables-legacy "$1/etc/alternatives/ip6tables"
	# openNDS forks a shell a hundred times for a page. In busybox, the shell of OpenWrt that its scripts are written for, most
	# forks need no exec, and a page takes a third of the time. Only busybox's ip does not work.
	# shellcheck disable=SC2016 # expanded by those scripts
	sed -i '1s,.*,#!/bin/busybox sh\nip() { /usr/sbin/ip "$@"; },' "$1"/usr/lib/opennds/{libopennds,client_params,get_client_interface}.sh
}

# modules ROOT KERNEL: the modules the guest may load.
modules() {
	local version src dst module
	version=$(ls "$2/lib/modules")
	src=$2/lib/modules/$version dst=$1/lib/modules/$version
	mkdir -p "$dst/kernel"
	cp "$src"/modules.{order,builtin,builtin.modinfo} "$dst"
	for module in "${MODULES[@]}"; do (cd "$src/kernel" && cp -r --parents "$module" "$dst/kernel"); done
	chroot "$1" depmod "$version"
}

# vmlinux KERNEL FILE: the unpacked kernel. qemu starts the ELF file directly, which saves the emulated guest six seconds of
# decompression.
vmlinux() {
	local image offset
	image=$(echo "$1"/boot/vmlinuz-*)
	offset=$(LC_ALL=C grep -obUaPm1 '\xFD7zXZ\x00' "$image" | head -1 | cut -d: -f1)
	# xz reports the data after the stream as an error; the next line checks whether it unpacked the kernel.
	tail -c "+$((offset + 1))" "$image" | xz -dc --single-stream >"$2" 2>/dev/null || true
	[ "$(head -c 4 "$2" | tail -c 3)" = ELF ]
}

# initramfs ROOT WORK FILE: busybox, and the modules for the disk, named in the order of loading.
initramfs() {
	local version n=10 module
	version=$(ls "$1/lib/modules")
	mkdir -p "$2"/{bin,modules,proc,dev,root}
	cp "$1/bin/busybox" "$2/bin"
	ln -s busybox "$2/bin/sh"
	install -m 755 image/initramfs "$2/init"
	for module in $(chroot "$1" modprobe -S "$version" -aD virtio_pci virtio_blk ext4 | sed -n 's/^insmod //p' | awk '!seen[$0]++'); do
		cp "$1$module" "$2/modules/$n-${module##*/}"
		n=$((n + 1))
	done
	(cd "$2" && find . | cpio -o -H newc --quiet) >"$3"
}

# disk ROOT FILE: an ext4 image, written without a mount. It has no journal, because it is booted as a snapshot only.
disk() {
	local size
	size=$(($(du -sm --apparent-size "$1" | cut -f1) * 12 / 10 + 64))
	truncate -s "${size}M" "$2"
	mke2fs -q -t ext4 -O ^has_journal,^metadata_csum -m 0 -d "$1" "$2"
}

extra=() apart=()
for package in "$@"; do
	case $package in *@*) apart+=("$package") ;; *) extra+=("$package") ;; esac
done
cache=${LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hotspot-helper-lab}
key=$( (cat build.sh image/* && echo "$@") | sha256sum | cut -c1-16)
if [ ! -e "$cache/$key" ]; then
	echo "lab: building the image (about a minute)"
	tools
	mkdir -p "$cache"
	work=$(mktemp -d "$cache/work.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	mkdir "$work"/{root,kernel,initramfs,image}
	rootfs "$work/root" "$work/kernel"
	modules "$work/root" "$work/kernel"
	vmlinux "$work/kernel" "$work/image/vmlinux"
	initramfs "$work/root" "$work/initramfs" "$work/image/initrd"
	disk "$work/root" "$work/image/disk"
	# The rename makes the image appear atomically.
	mv -T "$work/image" "$cache/$key"
fi
echo "$cache/$key" >&3
