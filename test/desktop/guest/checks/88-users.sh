# shellcheck shell=bash
# Two users at one computer have an agent each: that of the one who sits there logs in.
step "two users"
mkdir -p /run/systemd/system/getty@tty2.service.d
printf '%s\n' '[Service]' ExecStart= 'ExecStart=-/sbin/agetty --autologin other --noclear %I linux' >/run/systemd/system/getty@tty2.service.d/login.conf
systemctl daemon-reload
systemctl start getty@tty2
# sit USER makes his session on the seat the active one.
sit() { loginctl activate "$(loginctl list-sessions --no-legend | awk -v user="$1" '$3 == user && $4 == "seat0" { print $1 }')"; }
sits() { [ "$(loginctl show-session "$(loginctl show-seat seat0 --property ActiveSession --value)" --property Name --value)" = "$1" ]; }
other() {
	setpriv --reuid=1001 --regid=1001 --init-groups env -C /home/other HOME=/home/other USER=other XDG_RUNTIME_DIR=/run/user/1001 \
		DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1001/bus "$@"
}
other_online() { other helper status --json | jq -e --arg interface $STATION '.associations[] | select(.interface == $interface and .phase == "authenticated")'; }
check "the other has a bus" test -S /run/user/1001/bus
check "and an agent" other systemctl --user start hotspot-helper
check "and consents" other helper consent terms click-through always
check "sees the link online" other_online
leave
forget
logins=$(granted)
sit other
check "the other sits there" sits other
mark
check "NetworkManager joins" nmcli --wait 60 connection up CafeNet
check "the other's agent logs in" other_online
check "one login" let_in $((logins + 1))
check "one agent has done it" times 'flow ended' 1
sit user
check "the user sits there" sits user
check "online" online CafeNet
leave
forget
check "NetworkManager joins" nmcli --wait 60 connection up CafeNet
check "online" online CafeNet
check "one login" let_in $((logins + 2))
check "the other goes" loginctl terminate-user other
systemctl stop getty@tty2
