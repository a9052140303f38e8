# shellcheck shell=bash
# A wire beside the Wi-Fi, and a metered link.
step "Wi-Fi and wire"
# A veth is watched only if it is named. The agent reads its configuration again.
printf 'interfaces = ["wlan*", "eth*"]\n' | cat - /etc/hotspot-helper/helper.toml >/tmp/helper.toml
sed '1!s/^interfaces = .*//' /tmp/helper.toml >/etc/hotspot-helper/helper.toml
check "the agent is reloaded" user systemctl --user reload hotspot-helper
ip link add eth0 type veth peer name lan0 netns office
ip -n office link set lan0 master br0 up
check "NetworkManager manages the wire" nmcli device set eth0 managed yes
nmcli connection add type ethernet con-name wire ifname eth0 >/dev/null
check "NetworkManager brings it up" nmcli --wait 60 connection up wire
check "the wire is logged in" is " authenticated full click-through" eth0
check "one login over the wire" let_in 1 office
check "the Wi-Fi is online, too" online CafeNet
ip -n office link set lan0 down
check "the wire is unplugged" is " inactive" eth0
check "the Wi-Fi stays online" online CafeNet
ip -n office link set lan0 up
check "the wire is online again" is " authenticated full" eth0
check "no second login over the wire" let_in 1 office
nmcli connection delete wire >/dev/null
ip link delete eth0

step "metered"
leave
forget
nmcli connection modify CafeNet connection.metered yes
logins=$(granted)
mark
check "NetworkManager joins" nmcli --wait 60 connection up CafeNet
check "the agent waits to be asked" phase on-request
check "nothing was probed" times 'probe decided' 0
check "no login" let_in "$logins"
check "the user asks" user helper login --interface $STATION
check "online" online CafeNet
check "one login" let_in $((logins + 1))
nmcli connection modify CafeNet connection.metered no
nmcli device reapply $STATION >/dev/null
check "not metered any more" hears_metered false
