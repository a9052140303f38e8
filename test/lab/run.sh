#!/bin/bash
# run.sh [-i | -k] [-m MEBIBYTES] [-t SECONDS] IMAGE SHARE COMMAND...: boot the VM of IMAGE (a directory made by build.sh) with the
# directory SHARE read-only at /share, run COMMAND in it as root, show its output, and exit with its status: 124 when the
# time (default 600 s) is up, 125 when the VM ended before COMMAND did. Needs no root, and gives the guest no network.
#
# With -i the guest's clock counts instructions, a nanosecond each, and follows the host's clock only while the guest is idle,
# so that measurements depend neither on the speed of the host nor on its load. The guest has one processor.
# With -k it runs under KVM where that works, and else is emulated, too.
set -euo pipefail

limit=600 memory=384
emulated=(-accel 'tcg,thread=multi,tb-size=512' -smp 2)
accel=("${emulated[@]}") kvm=false
while getopts ikm:t: option; do
	case $option in
	i) accel=(-accel 'tcg,thread=single,tb-size=256' -smp 1 -icount 'shift=0,sleep=on') ;;
	# Below the module kvm_pvm, /dev/kvm opens and the guest then hangs.
	k) if [ -w /dev/kvm ] && [ ! -e /sys/module/kvm_pvm ]; then kvm=true; fi ;;
	m) memory=$OPTARG ;;
	t) limit=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
image=$1 share=$2
shift 2

if ! command -v qemu-system-x86_64 >/dev/null; then
	echo "lab: installing qemu-system-x86" >&2
	{ apt-get -qq update && apt-get -qq install -y --no-install-recommends qemu-system-x86; } >&2
fi

ctl=$(mktemp -d)
trap 'rm -rf "$ctl"' EXIT
echo "${@@Q}" >"$ctl/command"

# Emulated, unless -k asks for KVM. norandmaps makes the programs of the guest
# start five times as fast: qemu caches translated code by virtual address, so with address randomisation it would translate
# libc again in each of openNDS's hundreds of execs. no_timer_check: at its start, the kernel counts interrupts of the timer for some
# milliseconds, and without any it goes on without that timer, and hangs; an emulated processor may have to wait longer for its turn.
# shellcheck disable=SC2054 # the commas are qemu's
args=(
	-cpu Nehalem -M pc -m "$memory"
	-nodefaults -no-user-config -display none -monitor none -no-reboot
	-kernel "$image/vmlinux" -initrd "$image/initrd"
	-append "console=ttyS0 loglevel=4 panic=-1 norandmaps mitigations=off no_timer_check tsc=reliable random.trust_cpu=on systemd.show_status=0"
	-chardev "file,id=console,path=$ctl/console" -serial chardev:console -serial stdio
	-drive "file=$image/disk,format=raw,if=none,id=disk,snapshot=on" -device virtio-blk-pci,drive=disk
	-object rng-random,filename=/dev/urandom,id=random -device virtio-rng-pci,rng=random
	-fsdev "local,id=ctl,path=$ctl,security_model=none" -device virtio-9p-pci,fsdev=ctl,mount_tag=ctl
	-fsdev "local,id=share,path=$share,security_model=none,readonly=on" -device virtio-9p-pci,fsdev=share,mount_tag=share
)

# machine ACCELERATOR...: in the foreground, so that an interrupt of this script ends the VM too.
machine() {
	ended=0
	timeout --foreground -k 5 "$limit" qemu-system-x86_64 "$@" "${args[@]}" -pidfile "$ctl/pid" </dev/null || ended=$?
}

# A guest that does not come up under KVM is ended, and emulated.
if $kvm; then
	(
		for _ in {1..90}; do
			sleep 1
			[ ! -e "$ctl/booted" ] || exit 0
		done
		kill "$(cat "$ctl/pid")"
	) &
	watchdog=$!
	machine -accel kvm "${emulated[@]}"
	kill "$watchdog" 2>/dev/null || true
	[ -e "$ctl/booted" ] || { echo "lab: the guest does not start under KVM: emulated" >&2 && kvm=false; }
fi
# An emulated kernel sometimes breaks down at its start.
for _ in {1..3}; do
	$kvm || machine "${accel[@]}"
	if [ -e "$ctl/booted" ] || [ -s "$ctl/status" ] || [ "$ended" != 0 ]; then break; fi
	echo "lab: the guest broke down before it had started: once more" >&2
	tail -n 40 "$ctl/console" | head -n 20 >&2
done
[ -s "$ctl/status" ] && exit "$(cat "$ctl/status")"
echo "lab: the VM ended without a status (qemu: $ended); the end of its console:" >&2
tail -20 "$ctl/console" >&2
[ "$ended" = 124 ] && exit 124
exit 125
