#!/bin/bash
# Run by deb-test.sh as a unit of a booted Debian: the units of the package, with systemd as process 1. Its exit status is in
# /packages/status.
set -uo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
system=hotspot-helper-system.service

test_units() (
	set -e
	fail() { echo "boot-test: $*" && return 1; }

	# confined UNIT PID: the agent of a unit has no capability, cannot gain one, and has a filter of system calls.
	confined() {
		grep -qE '^CapEff:\s0+$' "/proc/$2/status" || fail "$1 has capabilities"
		grep -qE '^NoNewPrivs:\s1$' "/proc/$2/status" || fail "$1 may gain privileges"
		grep -qE '^Seccomp:\s2$' "/proc/$2/status" || fail "$1 has no filter of system calls"
	}
	pid() { systemctl show --property MainPID --value "$@"; }

	dpkg --install /packages/hotspot-helper.deb
	[ "$(systemctl is-active $system)" = inactive ] || fail "the installation starts the system's agent"

	systemctl enable --now $system
	helper --system status
	confined $system "$(pid $system)"
	[ "$(ps -o user:20= -p "$(pid $system)" | tr -d ' ')" = hotspot-helper ] || fail "the system's agent runs as another user"
	[ -e /var/lib/private/hotspot-helper/agent.lock ] || fail "the system's agent keeps its state elsewhere"
	systemd-analyze security --threshold=15 $system >/dev/null || fail "the system's unit leaves more open than 1.5"
	systemctl reload $system
	helper --system status
	if runuser -u nobody -- helper --system status 2>/tmp/stranger; then fail "a stranger is answered"; fi
	grep "polkit action org.hotspothelper.manage" /tmp/stranger || fail "a stranger is not told what is missing: $(cat /tmp/stranger)"
	usermod --append --groups hotspot-helper games
	runuser -u games -- helper --system status || fail "a member is refused"

	# The agent of a user, started by a call on the bus of the session.
	useradd --create-home ada
	loginctl enable-linger ada
	systemctl start "user@$(id -u ada).service"
	session() { runuser -u ada -- env "XDG_RUNTIME_DIR=/run/user/$(id -u ada)" "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$(id -u ada)/bus" "$@"; }
	[ "$(session systemctl --user is-active hotspot-helper)" = inactive ] || fail "the user's agent runs before anyone asks"
	session busctl --user get-property org.hotspothelper.Agent /org/hotspothelper/Agent org.hotspothelper.Agent1 Version
	session systemctl --user is-active hotspot-helper || fail "the user's agent is started outside of its unit"
	session helper status
	confined hotspot-helper.service "$(session systemctl --user show --property MainPID --value hotspot-helper)"

	# An upgrade starts the system's agent anew, a removal ends it, and a purge keeps the state.
	before=$(pid $system)
	dpkg --force-confdef --force-confold --install /packages/newer.deb </dev/null
	[ "$(systemctl is-active $system)" = active ] || fail "no system's agent after the upgrade"
	[ "$(pid $system)" != "$before" ] || fail "the upgrade leaves the old agent running"
	dpkg --purge hotspot-helper
	[ "$(systemctl is-active $system)" != active ] || fail "the system's agent runs after the purge"
	[ -e /var/lib/private/hotspot-helper ] || fail "the purge takes the state"
	[ "$(systemctl --failed --plain --no-legend | grep -c hotspot)" = 0 ] || fail "a unit failed: $(systemctl --failed)"
)

test_units >/packages/log 2>&1
echo $? >/packages/status
systemctl --no-block poweroff
