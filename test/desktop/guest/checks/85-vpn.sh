# shellcheck shell=bash
# A WireGuard tunnel of NetworkManager, by rules: up in the café after the login, down at home.
step "WireGuard"
(umask 077 && wg genkey >$LOGS/near.key && wg genkey >$LOGS/far.key)
ip -n cafe link add wg0 type wireguard
ip netns exec cafe wg set wg0 private-key $LOGS/far.key listen-port 51820 peer "$(wg pubkey <$LOGS/near.key)" allowed-ips 10.200.0.2/32
ip -n cafe addr add 10.200.0.1/24 dev wg0
ip -n cafe link set wg0 up
cat >/etc/NetworkManager/system-connections/work.nmconnection <<KEYFILE
[connection]
id=work
type=wireguard
interface-name=wg0
autoconnect=false
[wireguard]
private-key=$(cat $LOGS/near.key)
[wireguard-peer.$(wg pubkey <$LOGS/far.key)]
endpoint=$INTERNET:51820
allowed-ips=10.200.0.0/24;
[ipv4]
method=manual
address1=10.200.0.2/24
[ipv6]
method=disabled
KEYFILE
chmod 600 /etc/NetworkManager/system-connections/work.nmconnection
check "NetworkManager knows the tunnel" nmcli connection load /etc/NetworkManager/system-connections/work.nmconnection
cat >>/etc/hotspot-helper/helper.toml <<'TOML'
[[on_demand]]
name = "home"
when = { ssid = "HomeNet", security = "personal" }
action = "disconnect"
tunnel = "nm:work"

[[on_demand]]
name = "cafes"
when = { type = "wifi", security = ["open", "owe"] }
action = "connect"
tunnel = "nm:work"
TOML
leave
forget
logins=$(granted)
check "the agent is reloaded" user systemctl --user reload hotspot-helper
not_active() { ! active "$1"; }
check "the tunnel is down" not_active work
mark
check "NetworkManager joins the café" nmcli --wait 60 connection up CafeNet
check "online" online CafeNet
check "one login" let_in $((logins + 1))
check "the tunnel is up" active work
check "and works" ping -c 1 -W 2 10.200.0.1
check "home, with WPA2" access_point 3 cafe HomeNet 6 wpa=2 wpa_key_mgmt=WPA-PSK rsn_pairwise=CCMP wpa_passphrase=correct-horse
check "NetworkManager joins it" join HomeNet password correct-horse
check "online" online HomeNet
check "the tunnel is down" not_active work
leave
nmcli connection delete HomeNet work >/dev/null
stop ap3
check "NetworkManager goes back" nmcli --wait 60 connection up CafeNet
sed -i '/^\[\[on_demand\]\]/,$d' /etc/hotspot-helper/helper.toml
check "the agent is reloaded" user systemctl --user reload hotspot-helper
check "online" online CafeNet
