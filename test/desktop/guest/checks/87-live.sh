# shellcheck shell=bash
# Live helpers, in the sandbox of the agent's unit, each start in a scope of its own of the user's systemd.
step "live helpers"
live=/home/user/.local/share/hotspot-helper/helpers.d
scope() { journalctl --since "@$begun" --no-pager --output=cat "$@"; }
scoped() { scope | grep -q "Started.*Live helper $1"; }
begun=$(date +%s)
mark
user mkdir -p $live
user cp /share/guest/live/clicker.sh /share/guest/live/hungry.sh $live
user cp /share/guest/live/clicker.toml /share/guest/live/hungry.toml $live
check "the agent reads them" said 'live helpers read again.*helpers=2'
check "in scopes" scoped clicker
nothing_missing() { ! said 'helper runs without'; }
check "which have limits of memory" nothing_missing
# Or the helper that logged in there before is preferred.
printf '\n[[network]]\nssid = "CafeNet"\nhelper = "clicker"\n' >>/etc/hotspot-helper/helper.toml
check "the agent is reloaded" user systemctl --user reload hotspot-helper
check "consent to the terms of clicker" user helper consent terms clicker always

leave
forget
logins=$(granted)
mark
check "NetworkManager joins" nmcli --wait 60 connection up CafeNet
check "a live helper logs in" is "CafeNet authenticated full clicker"
check "one login" let_in $((logins + 1))

step "a helper that wants too much"
# Requests of a Varlink client end with a byte 0.
eat() { printf '{"method":"org.hotspothelper.Live1.Authenticate","parameters":{}}\0' | inside helper pack serve $live/hungry.toml >$LOGS/hungry.log 2>&1; }
ended() { ! eat && grep -q 'ended by the signal\|exit code 3' $LOGS/hungry.log; }
check "a helper that eats 100 MB is ended" ended
killed() { scope --dmesg | grep -q 'oom-kill:.*oom_memcg=[^,]*/hotspot-helper-live-'; }
check "by the limit of its scope" killed
check "the agent goes on" online CafeNet
no_scope() { [ -z "$(user systemctl --user list-units --plain --no-legend --all 'hotspot-helper-live-*')" ]; }
check "no scope is left" no_scope

if command -v varlinkctl >/dev/null; then
	printf '#!/bin/sh\nexec helper pack serve %s/clicker.toml\n' $live >/tmp/serve
	chmod 755 /tmp/serve
	describes() { inside varlinkctl call exec:/tmp/serve org.hotspothelper.Live1.Describe '{}' | grep -q clicker; }
	check "varlinkctl calls it" describes
fi
rm -r $live
sed -i '/^\[\[network\]\]/,$d' /etc/hotspot-helper/helper.toml
check "the agent is reloaded" user systemctl --user reload hotspot-helper
leave
forget
check "NetworkManager goes back" nmcli --wait 60 connection up CafeNet
check "online" is "CafeNet authenticated full click-through"
