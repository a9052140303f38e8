# shellcheck shell=bash
# A name that is not UTF-8, and a hardware address that is made up for the network.
step "a name that is not UTF-8, a random address"
leave
forget
logins=$(granted)
check "an access point" access_point 3 cafe OddNet 6 ssid2=436166e9
cat >/etc/NetworkManager/system-connections/odd.nmconnection <<'KEYFILE'
[connection]
id=odd
type=wifi
interface-name=wlan1
autoconnect=false
[wifi]
ssid=67;97;102;233;
cloned-mac-address=random
KEYFILE
chmod 600 /etc/NetworkManager/system-connections/odd.nmconnection
check "NetworkManager knows the network" nmcli connection load /etc/NetworkManager/system-connections/odd.nmconnection
mark
check "NetworkManager joins" nmcli --wait 60 connection up odd
check "online" online 'Caf\\xe9'
check "one login" let_in $((logins + 1))
other_address() { ! grep -q $STATION_MAC /sys/class/net/$STATION/address; }
check "with another hardware address" other_address
leave
nmcli connection delete odd >/dev/null
stop ap3
check "NetworkManager goes back" nmcli --wait 60 connection up CafeNet
check "online" online CafeNet
