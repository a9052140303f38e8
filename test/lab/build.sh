#!/bin/bash
# build.sh [-s SUITE] [-i DIRECTORY] [PACKAGE...]: build a VM image with Debian packages, unless the cache has it already, and
# print its directory. DIRECTORY (default: image, that of the lab) says what the image is:
#
#	packages   Debian packages, one a line
#	setup      a program that is run with the directory of the root file system, once it has the packages
#
# PACKAGE is one more; PACKAGE/SUITE takes it from another suite, such as bookworm-backports; PACKAGE@SUITE only unpacks it below
# /opt/SUITE, for a program that needs a later libc: list that too.
#
# The image is Debian's stock kernel (the cloud flavour has no mac80211), a root file system of Debian packages, and an
# initramfs with just enough to mount it. SUITE is bookworm or trixie. Needs root, the package sources of the machine, and neither
# loop devices nor modules of the host. LAB_CACHE chooses another cache directory.
set -euo pipefail
exec 3>&1 >&2 # the result goes to descriptor 3, messages of the tools to standard error

suite=bookworm
here=$(dirname "$(realpath "$0")")
image=$here/image
while getopts s:i: option; do
	case $option in
	s) suite=$OPTARG ;;
	i) image=$(realpath "$OPTARG") ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))

# The modules of the guest: 9p and virtio to reach the host, ext4 for its disk, the simulated radio, pairs of interfaces, tunnels,
# and all of net/, because iptables loads its matches by name at run time. Files are named without their directory.
MODULES=(net crypto lib arch/x86/crypto fs/9p fs/fscache fs/netfs fs/ext4 fs/jbd2 fs/autofs mbcache drivers/virtio virtio_blk
	drivers/char/hw_random veth drivers/net/wireguard mac80211_hwsim)

# tools installs the programs of this script that are missing.
tools() {
	local missing=() pair
	for pair in mmdebstrap:mmdebstrap mke2fs:e2fsprogs cpio:cpio xz:xz-utils zstd:zstd; do
		command -v "${pair%:*}" >/dev/null || missing+=("${pair#*:}")
	done
	[ ${#missing[@]} -eq 0 ] && return
	echo "lab: installing ${missing[*]}"
	apt-get -qq update
	apt-get -qq install -y --no-install-recommends "${missing[@]}"
}

# sources prints the package sources of the machine with its suite replaced by ours, so that packages come from the mirror that it
# uses already, and those of the other suites that packages are taken from.
sources() {
	local own machine other
	# shellcheck disable=SC1091 # of the machine
	machine=$(. /etc/os-release && echo "$VERSION_CODENAME")
	# shellcheck disable=SC2016 # apt's own placeholders
	own=$(apt-get indextargets --format 'deb $(SITE) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' | sort -u | grep -E " $machine(-updates|-security)? main$") ||
		{ echo "lab: apt knows no package source of $machine: is this Debian, and did apt-get update run?" >&2 && return 1; }
	own=${own//" $machine"/" $suite"}
	echo "$own"
	for other in $(printf '%s\n' "${extra[@]}" "${apart[@]}" | sed -n 's,.*[/@],,p' | sort -u); do
		echo "$own" | sed -n "s/ $suite main\$/ $other main/p"
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
	APART=${apart[*]} KERNEL=$2 mmdebstrap --quiet --mode=root --variant=essential --include="$(tr '\n' ' ' <"$image/packages") ${extra[*]%/*}" "${exclude[@]}" \
		--setup-hook="printf '$pins' >\"\$1/etc/apt/preferences.d/suites\"" \
		--customize-hook='cd "$KERNEL" && export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" &&
			apt-get -qq -o APT::Sandbox::User=root download \
				"$(apt-cache depends linux-image-amd64 | sed -n "s/^ *Depends: //p" | head -n 1)"
			for package in $APART; do
				mkdir -p "$KERNEL/$package" && cd "$KERNEL/$package" &&
					apt-get -qq -o APT::Sandbox::User=root download "${package%@*}/${package#*@}"
			done' \
		"$suite" "$1" - <<<"$(sources)"
	for package in "${apart[@]}"; do
		mkdir -p "$1/opt/${package#*@}"
		dpkg-deb -x "$2/$package"/*.deb "$1/opt/${package#*@}"
	done
	dpkg-deb -x "$2"/*.deb "$2"
	mkdir "$1/share" "$1/ctl"
	(cd "$image" && ./setup "$1")
}

# modules ROOT KERNEL: the modules the guest may load.
modules() {
	local src dst name found
	src=$(find "$2" -path '*lib/modules/*' -prune -print)
	dst=$1/lib/modules/${src##*/}
	mkdir -p "$dst/kernel"
	cp "$src"/modules.{order,builtin,builtin.modinfo} "$dst"
	for name in "${MODULES[@]}"; do (
		cd "$src/kernel"
		found=$name
		[ -d "$name" ] || found=$(find . -name "$name.ko*")
		# What a kernel has built in, or does not have any more, is no file.
		[ -z "$found" ] || cp -r --parents "$found" "$dst/kernel"
	); done
	chroot "$1" depmod "${src##*/}"
}

# vmlinux KERNEL FILE: the unpacked kernel. qemu starts the ELF file directly, which saves the emulated guest six seconds of
# decompression.
vmlinux() {
	local file offset
	file=$(echo "$1"/boot/vmlinuz-*)
	# xz and zstd report the data after the stream as an error; elf checks whether they unpacked the kernel.
	while read -r offset; do
		tail -c "+$((offset + 1))" "$file" | xz -dc --single-stream >"$2" 2>/dev/null || true
		! elf "$2" || return 0
	done < <(LC_ALL=C grep -obUaP '\xFD7zXZ\x00' "$file" | cut -d: -f1)
	while read -r offset; do
		tail -c "+$((offset + 1))" "$file" | zstd -dc >"$2" 2>/dev/null || true
		! elf "$2" || return 0
	done < <(LC_ALL=C grep -obUaP '\x28\xB5\x2F\xFD' "$file" | cut -d: -f1)
	return 1
}
elf() { [ "$(head -c 4 "$1" | tail -c 3 | tr -d '\0')" = ELF ]; }

# initramfs ROOT WORK FILE: busybox, and the modules for the disk, named in the order of loading.
initramfs() {
	local version n=10 module name
	version=$(ls "$1/lib/modules")
	mkdir -p "$2"/{bin,modules,proc,dev,root}
	cp "$1/bin/busybox" "$2/bin"
	ln -s busybox "$2/bin/sh"
	install -m 755 "$here/image/initramfs" "$2/init"
	for module in $(chroot "$1" modprobe -S "$version" -aD virtio_pci virtio_blk ext4 | sed -n 's/^insmod //p' | awk '!seen[$0]++'); do
		name=$n-$(basename "${module%.xz}")
		case $module in
		*.xz) xz -dc "$1$module" >"$2/modules/$name" ;;
		*) cp "$1$module" "$2/modules/$name" ;;
		esac
		n=$((n + 1))
	done
	(cd "$2" && find . | cpio -o -H newc --quiet) >"$3"
}

# disk ROOT FILE: an ext4 image, written without a mount. It has no journal, because it is booted as a snapshot only.
disk() {
	local size
	size=$(($(du -sm --apparent-size "$1" | cut -f1) * 12 / 10 + 96))
	truncate -s "${size}M" "$2"
	mke2fs -q -t ext4 -O ^has_journal,^metadata_csum -m 0 -d "$1" "$2"
}

extra=() apart=()
for package in "$@"; do
	case $package in *@*) apart+=("$package") ;; *) extra+=("$package") ;; esac
done
cache=${LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hotspot-helper-lab}
key=$( (cat "$0" "$here/image/initramfs" "$image"/* && echo "$suite $*") | sha256sum | cut -c1-16)
if [ ! -e "$cache/$key" ]; then
	echo "lab: building the image of $(basename "$(dirname "$image")"), $suite (about a minute)"
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
