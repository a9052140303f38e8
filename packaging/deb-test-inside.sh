#!/bin/bash
# Run by deb-test.sh in a clean Debian.
set -euo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
unset XDG_CONFIG_HOME XDG_STATE_HOME

fail() {
	echo "deb-test: $*" >&2
	[ ! -e /tmp/agent.log ] || cat /tmp/agent.log >&2
	exit 1
}

# wants TEXT FILE: the file contains a text.
wants() { grep -qF -- "$1" "$2" || { cat "$2" >&2 && fail "no \"$1\" in $2"; }; }

# as USER GROUP COMMAND...: run a command as another user, with one group more.
as() { HOME=/ setpriv --reuid "$1" --regid nogroup --groups "$2" "${@:3}"; }

# files lists all files but those that every installation changes.
files() {
	find / -xdev \( -path /proc -o -path /run -o -path /dev -o -path /tmp -o -path /packages -o -path /var/lib/dpkg -o -path /var/cache -o \
		-path /var/log \) -prune -o -print | grep -vE '^/etc/(passwd|group|shadow|gshadow|subuid|subgid)-$|^/etc/\.(pwd\.lock|updated)$' | sort
}

# until_true COMMAND...: wait for a command to succeed, at most 20 s.
until_true() {
	local end=$((SECONDS + 20))
	until "$@" >/tmp/last 2>&1; do
		[ $SECONDS -lt $end ] || { cat /tmp/last >&2 && fail "not after 20 s: $*"; }
		sleep 0.1
	done
}

enabled() { systemctl "$@" 2>/dev/null || true; }

files >/tmp/before

dpkg --install /packages/hotspot-helper.deb >/tmp/install 2>&1 || { cat /tmp/install && fail "install"; }
[ -z "$(dpkg --verify hotspot-helper)" ] || fail "installed files differ: $(dpkg --verify hotspot-helper)"
helper --version
getent passwd hotspot-helper >/dev/null || fail "no user hotspot-helper"
[ "$(enabled is-enabled hotspot-helper-system.service)" = disabled ] || fail "the system's agent is enabled"
[ "$(enabled --global is-enabled hotspot-helper.service)" = disabled ] || fail "the user's agent is enabled"
systemctl preset hotspot-helper-system.service 2>/dev/null
systemctl --global preset hotspot-helper.service 2>/dev/null
[ "$(enabled is-enabled hotspot-helper-system.service)" = disabled ] || fail "the preset enables the system's agent"
[ "$(enabled --global is-enabled hotspot-helper.service)" = disabled ] || fail "the preset enables the user's agent"
systemd-analyze verify --man=no hotspot-helper-system.service 2>/tmp/verify || true
! grep hotspot-helper /tmp/verify || fail "systemd does not like the unit"

# The agent of the system on a bus, as its unit runs it.
mkdir -p /run/dbus
dbus-daemon --system --fork
install -d -m 700 -o hotspot-helper -g hotspot-helper /run/hotspot-helper
HOME=/ STATE_DIRECTORY=/run/hotspot-helper setpriv --reuid hotspot-helper --regid hotspot-helper --clear-groups \
	helper run --system >/tmp/agent.log 2>&1 &
agent=$!
until_true helper --system status

# Who may ask it. The bus starts polkit, which knows no session here.
as daemon "$(getent group hotspot-helper | cut -d: -f3)" helper --system status >/tmp/member 2>&1 || { cat /tmp/member && fail "a member is refused"; }
if as nobody nogroup helper --system status >/tmp/stranger 2>&1; then fail "a stranger is answered"; fi
wants "members of the group hotspot-helper" /tmp/stranger
wants "polkit action org.hotspothelper.manage" /tmp/stranger
wants "polkit found nobody to authenticate" /tmp/stranger
cat >/etc/polkit-1/rules.d/10-test.rules <<-'END'
	polkit.addRule(function (action, subject) {
	  if (action.id == "org.hotspothelper.manage" && subject.user == "nobody") return polkit.Result.YES;
	});
END
chmod 644 /etc/polkit-1/rules.d/10-test.rules
until_true as nobody nogroup helper --system status
rm /etc/polkit-1/rules.d/10-test.rules
kill -TERM $agent
wait $agent || fail "the agent ends with an error"

# An upgrade keeps what the administrator changed and enabled, and says nothing.
echo 'keepalive = "2m"' >/etc/hotspot-helper/helper.toml
systemctl enable hotspot-helper-system.service 2>/dev/null
systemctl --global enable hotspot-helper.service 2>/dev/null
dpkg --force-confdef --force-confold --install /packages/newer.deb </dev/null >/tmp/upgrade 2>&1 || { cat /tmp/upgrade && fail "upgrade"; }
! grep "kept, because" /tmp/upgrade || fail "an upgrade speaks of a removal"
wants 'keepalive = "2m"' /etc/hotspot-helper/helper.toml
wants "# a later version" /etc/hotspot-helper/helper.toml.dpkg-dist
[ "$(enabled is-enabled hotspot-helper-system.service)" = enabled ] || fail "an upgrade disables the system's agent"

# A removal keeps the configuration, a purge what belongs to users.
install -d -m 700 /var/lib/private /var/lib/private/hotspot-helper /root/.config/hotspot-helper
touch /var/lib/private/hotspot-helper/memory.json /root/.config/hotspot-helper/helper.toml
dpkg --remove hotspot-helper >/tmp/remove 2>&1 || { cat /tmp/remove && fail "remove"; }
[ -e /etc/hotspot-helper/helper.toml ] || fail "a removal takes the configuration"
dpkg --purge hotspot-helper >/tmp/purge 2>&1 || { cat /tmp/purge && fail "purge"; }
wants /var/lib/private/hotspot-helper /tmp/purge
wants "/.config/hotspot-helper" /tmp/purge
files >/tmp/after
diff /tmp/before /tmp/after >/tmp/left || true
grep '^<' /tmp/left && fail "a purge takes files of others"
! grep '^>' /tmp/left | grep -vE '^> (/var/lib/private/hotspot-helper(/.*)?|/var/lib/private|/root/\.config(/hotspot-helper(/helper\.toml)?)?)$' || fail "a purge leaves that behind"
