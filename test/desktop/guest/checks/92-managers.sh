# shellcheck shell=bash
# Other managers: iwd below NetworkManager, then iwd with networkd and resolved and no NetworkManager.
step "NetworkManager with iwd"
leave
forget
logins=$(granted)
systemctl stop NetworkManager wpa_supplicant
systemctl start iwd
networkmanager '[device]' wifi.backend=iwd
mark
check "NetworkManager joins" join CafeNet
check "online" online CafeNet
check "one login" let_in $((logins + 1))

step "iwd, networkd and resolved"
systemctl stop NetworkManager
cat >/etc/systemd/network/wlan.network <<'UNIT'
[Match]
Type=wlan
[Network]
DHCP=yes
UNIT
systemctl restart systemd-resolved systemd-networkd
ln -sf /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
forget
systemctl restart iwd
scanned() { iwctl station $STATION scan; iwctl station $STATION get-networks | grep -q CafeNet; }
joined() { iwctl station $STATION connect CafeNet || iwctl station $STATION show | grep -q "Connected network.*CafeNet"; }
check "iwd finds the network" scanned
check "iwd joins" joined
check "online" online CafeNet
check "one login" let_in $((logins + 2))
check "resolved has the name server of the link" bash -c "resolvectl dns $STATION | grep -q 10.8.8.1"

step "iwd is restarted"
mark
check "iwd is restarted" systemctl restart iwd
check "the agent sees that the network is lost" said 'to=inactive'
check "iwd joins" joined
check "online" online CafeNet
check "no second login" let_in $((logins + 2))
