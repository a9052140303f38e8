#!/bin/sh
# capport: the captive portal API that a network offers (RFC 8910), from each source on a desktop, as an unprivileged helper
# shows it. Two namespaces:
#
#	root    eth0, the client
#	router  10.7.7.1, the router, the portal, and every other address there is
#
# image: peers
# shellcheck source=lib.sh
. /share/guest/lib.sh
OFFER=https://portal.test/capport
export SSL_CERT_FILE=$LOGS/authority.pem

router() {
	ip netns add router
	ip link add eth0 type veth peer name gw0 netns router
	ip -n router link set lo up
	ip -n router addr add $GATEWAY/24 dev gw0
	ip -n router link set gw0 up
	ip netns exec router nft -f - <<X
table ip lab {
	chain to {
		type nat hook prerouting priority -100
		iifname gw0 meta l4proto tcp redirect
	}
}
X
	start netplay ip netns exec router netplay -play redirect -authority $SSL_CERT_FILE
	start dhcp ip netns exec router dnsmasq -k -C /dev/null --port=0 --interface=gw0 --bind-dynamic \
		--dhcp-range=10.7.7.50,10.7.7.99,1h --dhcp-option=option:dns-server,$GATEWAY --dhcp-option=114,$OFFER/option-114 \
		--dhcp-leasefile=$LOGS/leases --log-dhcp --log-facility=-
}

# offered: the API that helper knows for the link, its source, and the response of the API.
offered() {
	as-user helper probe --interface eth0 --json |
		jq -r '"\(.link.capport) \(.link.capport_source), \(.verdict), captive \(.api.captive), trusted \(.api.trusted)"'
}
known="captive true, trusted true"
forget() {
	ip addr flush dev eth0
	ip link set eth0 down
	ip link set eth0 up
}
status() { as-user helper status --json | jq -r ".associations[0] | $1"; }

step "network"
router
ip link set eth0 up

step "DHCP by dhclient"
mkdir -p /var/lib/dhcp
printf 'option captive-portal code 114 = text;\nalso request captive-portal;\n' >/etc/dhcp/dhclient.conf
dhclient -1 -pf $LOGS/dhclient.pid -lf /var/lib/dhcp/dhclient.eth0.leases eth0 2>$LOGS/dhclient.log
expect 20 "dhclient's lease" "$OFFER/option-114 dhclient, portal, $known" offered
dhclient -x -pf $LOGS/dhclient.pid eth0 2>>$LOGS/dhclient.log
rm /var/lib/dhcp/dhclient.eth0.leases
forget

step "DHCP by NetworkManager with dhclient"
mkdir -p /run/dbus /run/udev
dbus-daemon --system --fork --nopidfile
start udev /lib/systemd/systemd-udevd
within 20 udevadm control --ping
udevadm trigger --action=add --subsystem-match=net
udevadm settle -t 20
sed 's/dhcp=internal/dhcp=dhclient/' /share/guest/networkmanager.conf >/etc/NetworkManager/NetworkManager.conf
start nm NetworkManager --no-daemon
within 60 nmcli -t -f STATE general
nmcli device set eth0 managed yes
nmcli connection add type ethernet ifname eth0 con-name lab ipv6.method disabled >$LOGS/nmcli.log 2>&1
nmcli connection up lab >>$LOGS/nmcli.log 2>&1
expect 20 "NetworkManager's options" "$OFFER/option-114 networkmanager, portal, $known" offered
nmcli connection delete lab >>$LOGS/nmcli.log 2>&1
kill "$(pid nm)"
rm -f /var/lib/NetworkManager/*.lease
forget

step "DHCP by systemd-networkd $(/lib/systemd/systemd-networkd --version | sed -n 's/^systemd \([0-9]*\).*/\1/p')"
echo 0123456789abcdef0123456789abcdef >/etc/machine-id # its DHCP client derives its identifier from it
mkdir -p /run/systemd/network /run/systemd/netif/links /run/systemd/netif/leases
chown -R systemd-network: /run/systemd/netif
printf '[Match]\nName=eth0\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\n' >/run/systemd/network/eth0.network
start networkd /lib/systemd/systemd-networkd
echo "nameserver $GATEWAY" >/etc/resolv.conf
expect 30 "systemd-networkd's link state" "$OFFER/option-114 systemd-networkd, portal, $known" offered
kill "$(pid networkd)"
rm -r /run/systemd/netif
forget

step "router advertisement"
# The defaults of the kernel, which NetworkManager and systemd-networkd have changed.
for setting in disable_ipv6=0 addr_gen_mode=0 accept_ra=1; do sysctl -qw net.ipv6.conf.eth0.$setting; done
ip addr add 10.7.7.2/24 dev eth0
ip route add default via $GATEWAY dev eth0
session_bus
start helper as-user helper run --interface eth0 --verbose
expect 20 "helper is on the bus, and knows of no API" "portal null" status '"\(.verdict) \(.api.url)"'
cat >$LOGS/radvd.conf <<X
interface gw0 {
	AdvSendAdvert on;
	MinRtrAdvInterval 3;
	MaxRtrAdvInterval 4;
	AdvCaptivePortalAPI "$OFFER/option-37";
	prefix fd00:7::/64 { };
};
X
# With the libc of its own release, through that libc's loader.
newer=/opt/trixie/usr
start radvd ip netns exec router $newer/lib64/ld-linux-x86-64.so.2 --library-path $newer/lib/x86_64-linux-gnu \
	$newer/sbin/radvd -n -d 1 -m stderr -C $LOGS/radvd.conf -p $LOGS/radvd-own.pid
expect 30 "an ordinary user receives option 37 from the kernel" "portal $OFFER/option-37 true" status '"\(.verdict) \(.api.url) \(.api.trusted)"'

step "end"
