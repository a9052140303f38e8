# shellcheck shell=bash
# A network that has IPv6 alone: addresses and name server come with router advertisements.
step "IPv6 only"
leave
forget
logins=$(granted)
ip -n cafe link add br6 type bridge
ip -n cafe addr add 2001:db8:6::1/64 dev br6 nodad
ip -n cafe addr add 2001:db8:80::80/128 dev lo
ip -n cafe link set br6 up
start dhcp-six ip netns exec cafe dnsmasq -k -C /dev/null --no-resolv --no-hosts --interface=br6 --except-interface=lo --bind-dynamic \
	--enable-ra --dhcp-range=2001:db8:6::,ra-stateless --dhcp-leasefile=/tmp/dhcp.leases.six --address=/#/2001:db8:80::80 --local=/#/ --log-facility=-
check "an access point" access_point 3 cafe SixNet 6 bridge=br6
nmcli connection add type wifi con-name SixNet ifname $STATION ssid SixNet ipv4.method disabled connection.autoconnect no >/dev/null
check "NetworkManager finds it" seen SixNet
check "NetworkManager joins" nmcli --wait 60 connection up SixNet
check "online" online SixNet
check "one login" let_in $((logins + 1))
no_ipv4() { [ -z "$(ip -4 addr show dev $STATION)" ]; }
check "without an IPv4 address" no_ipv4
leave
nmcli connection delete SixNet >/dev/null
stop ap3
stop dhcp-six
ip -n cafe link delete br6
check "NetworkManager goes back" nmcli --wait 60 connection up CafeNet
check "online" online CafeNet
