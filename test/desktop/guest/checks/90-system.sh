# shellcheck shell=bash
# One agent for the computer, on the system bus: polkit decides who may ask it.
step "the system's agent"
system_online() { helper --system status --json | jq -e --arg interface $STATION '.associations[] | select(.interface == $interface and .phase == "authenticated" and .ssid == "CafeNet")'; }
user systemctl --user stop hotspot-helper
leave
forget
logins=$(granted)
check "it is started" systemctl start hotspot-helper-system
check "root is answered" helper --system status
check "consent for everyone" helper --system consent terms click-through always
check "NetworkManager joins" nmcli --wait 60 connection up CafeNet
check "online" system_online
check "one login" let_in $((logins + 1))
check "a user of the session is answered" inside helper --system status
stranger() { ! setpriv --reuid=1001 --regid=1001 --init-groups helper --system status 2>$LOGS/stranger.log && grep -q org.hotspothelper.manage $LOGS/stranger.log; }
check "a stranger is refused, and told why" stranger
check "it is stopped" systemctl stop hotspot-helper-system
check "the user's agent is back" user systemctl --user start hotspot-helper
check "online" online CafeNet
