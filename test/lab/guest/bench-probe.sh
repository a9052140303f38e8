#!/bin/sh
# bench-probe: measures the time of each connectivity check to its verdict, and its traffic, on networks with a round trip of
# 100 ms. On the network "look" it is that of a look at a link that is online already. Two namespaces:
#
#	root   10.7.7.2  eth0, the client
#	world  10.7.7.1  the gateway, the portal, and every other address there is
# shellcheck source=lib.sh
. /share/guest/lib.sh
# shellcheck source=measure.sh
. /share/guest/measure.sh
PEERS=${1:-helper agent nm connman tailscale curl-name curl-literal}
NETWORKS=${2:-redirect in-place open dead dead-behind dns-dead blocked-reset blocked-drop filtered redirect-dns-dead look}
REPEAT=${3:-5}
FLAGS=${4:-}

# The operators to block: each peer asks one of them first.
FIRST=network-test.debian.org,ipv4.connman.net,controlplane.tailscale.com,login.tailscale.com
export SSL_CERT_FILE=$LOGS/authority.pem

# network NAME: the network behind the client's link.
network() {
	play=open rules=
	case $1 in
	redirect | redirect-dns-dead) play=redirect ;;
	in-place) play=in-place ;;
	filtered) play=filter ;;
	esac
	case $1 in
	dead) rules='drop' ;;
	dead-behind) rules='tcp dport 1-65535 drop' ;;
	dns-dead | redirect-dns-dead) rules='meta l4proto { tcp, udp } th dport 53 drop' ;;
	blocked-reset) rules='ip daddr 198.19.0.0/16 meta l4proto tcp reject with tcp reset' ;;
	blocked-drop) rules='ip daddr 198.19.0.0/16 drop' ;;
	esac
	# Packets to documentation addresses are dropped.
	case $play in open | filter) rules="ip daddr { 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24 } drop${rules:+
		$rules}" ;; esac
	ip netns exec world nft -f - <<X
flush ruleset
table ip lab {
	chain in {
		type filter hook prerouting priority -150
		iif lo accept
		$rules
	}
	# The gateway answers all packets of the client, regardless of their destination.
	chain to {
		type nat hook prerouting priority -100
		iifname gw0 meta l4proto tcp redirect
	}
}
X
	[ ! -e $LOGS/netplay.pid ] || kill "$(pid netplay)"
	within 10 free
	secure=
	case $play in open | filter) secure="-authority $SSL_CERT_FILE" ;; esac
	# shellcheck disable=SC2086 # two words or none
	start netplay ip netns exec world netplay -play $play -special $FIRST $secure
	within 10 bound
}
helper_once() { clock -verdict '^eth0: (\w+)' helper probe --interface eth0; }
curl_name() { clock curl -s -m 10 -o /dev/null -w '%{http_code}\n' http://network-test.debian.org/nm; }
curl_literal() { clock curl -s -m 10 -o /dev/null -w '%{http_code}\n' http://198.18.0.1/; }
tailscale_once() { clock tailscale-captive; }

agent_once() {
	ip route del default 2>/dev/null || true
	start agent env XDG_STATE_HOME="$(mktemp -d)" helper run --interface eth0 --verbose
	within 20 grep -q 'agent started' $LOGS/agent.log
	clock -process "$(pid agent)" -follow $LOGS/agent.log -verdict '(?:probe decided|association changed).*verdict=(portal|full|limited)' ip route add default via 10.7.7.1 dev eth0
	kill "$(pid agent)"
	wait "$(pid agent)" || true
}

# agent_look: the agent's periodic looks at an open network. The clock starts a second after its last verdict.
agent_look() {
	ip route replace default via 10.7.7.1 dev eth0
	printf 'keepalive = "5s"\n' >$LOGS/look.toml
	start agent env XDG_STATE_HOME="$(mktemp -d)" helper run --config $LOGS/look.toml --interface eth0 --verbose
	within 20 grep -q 'probe decided' $LOGS/agent.log
	sleep 1
	repeat "$1" clock -verdict 'probe decided.*verdict=(portal|full|limited)' /share/guest/next-line 'probe decided' $LOGS/agent.log
	kill "$(pid agent)"
	wait "$(pid agent)" || true
}

system_bus() {
	[ ! -S /run/dbus/system_bus_socket ] || return 0
	mkdir -p /run/dbus
	dbus-daemon --system --fork --nopidfile
}

nm_start() {
	system_bus
	mkdir -p /run/udev
	[ -e $LOGS/udev.pid ] || {
		start udev /lib/systemd/systemd-udevd
		within 20 udevadm control --ping
		udevadm trigger --action=add --subsystem-match=net
		udevadm settle -t 20
	}
	cp /share/guest/networkmanager.conf /etc/NetworkManager/NetworkManager.conf
	start nm NetworkManager --no-daemon
	within 60 nmcli -t -f STATE general
	nmcli device set eth0 managed yes
	nmcli connection add type ethernet ifname eth0 con-name lab autoconnect no ipv4.method manual ipv4.addresses 10.7.7.2/24 \
		ipv4.gateway 10.7.7.1 ipv4.dns 10.7.7.1 ipv6.method disabled >$LOGS/nmcli.log 2>&1
}
nm_once() {
	nmcli connection down lab >>$LOGS/nmcli.log 2>&1 || true
	clock -bus org.freedesktop.NetworkManager -process "$(pid nm)" -settle "$settle" \
		-verdict '^/org/freedesktop/NetworkManager .*Connectivity:.*?([1-4])\b' -name 1=none -name 2=portal -name 3=limited -name 4=full \
		nmcli connection up lab
}
# nm_look: what NetworkManager does after each interval.
nm_look() {
	nmcli connection up lab >>$LOGS/nmcli.log 2>&1
	sleep 3
	repeat "$1" clock -verdict '(full|portal|limited|none)' nmcli networking connectivity check
}
nm_stop() {
	nmcli connection down lab >>$LOGS/nmcli.log 2>&1 || true
	kill "$(pid nm)"
	wait "$(pid nm)" || true
}


connman_start() {
	system_bus
	mkdir -p /var/lib/connman /run/connman
	cat >/var/lib/connman/lab.config <<X
[service_lab]
Type = ethernet
IPv4 = 10.7.7.2/255.255.255.0/10.7.7.1
IPv6 = off
Nameservers = 10.7.7.1
X
	start connman connmand -n -i eth0
	within 60 connmanctl state
	within 30 connman_up
	service=$(connmanctl services | grep -o 'ethernet_[0-9a-f]*_cable')
}
connman_up() { connmanctl services | grep -q 'ethernet_[0-9a-f]*_cable' && ip route show default dev eth0 | grep -q via; }
connman_once() {
	connmanctl disconnect "$service" >>$LOGS/connmanctl.log 2>&1 || true
	clock -bus net.connman -verdict '^/net/connman/service/\S+ net.connman.Service.PropertyChanged \[State.*(online)' -limit "$settle" \
		-process "$(pid connman)" connmanctl connect "$service"
}
# connman_look: ConnMan 1.41 does not look again while it is online: its traffic in a minute.
connman_look() {
	connmanctl connect "$service" >>$LOGS/connmanctl.log 2>&1 || true
	sleep 3
	clock sleep 60
}
connman_stop() {
	kill "$(pid connman)"
	wait "$(pid connman)" || true
}

wire
for peer in $PEERS; do
	step "$peer"
	case $peer in
	nm) nm_start ;;
	connman) connman_start ;;
	*) address ;;
	esac
	for net in $NETWORKS; do
		network "$net"
		count=$REPEAT settle=3s
		case $peer:$net in
		nm:dead* | nm:dns-dead | connman:dead* | connman:dns-dead) count=1 settle=25s ;;
		nm:* | connman:*) count=3 ;;
		curl-*:dead* | curl-name:*dns-dead) count=1 ;; # it gives up after its own time limit
		*:dead* | *:dns-dead) count=2 ;;
		esac
		case $peer:$net in
		agent:look | nm:look | connman:look) "${peer}_look" "$count" && continue ;;
		*:look) continue ;;
		esac
		case $peer in
		helper) route && repeat "$count" helper_once ;;
		agent) repeat "$count" agent_once ;;
		curl-name) route && repeat "$count" curl_name ;;
		curl-literal) route && repeat "$count" curl_literal ;;
		tailscale) route && repeat "$count" tailscale_once ;;
		nm) repeat "$count" nm_once ;;
		connman) repeat "$count" connman_once ;;
		esac
	done
	case $peer in nm | connman) "${peer}_stop" ;; esac
done
step "what was measured"
echo "Linux $(uname -r), NetworkManager $(NetworkManager --version), ConnMan $(connmand --version), $(curl --version | head -n 1 | cut -d' ' -f1,2), $(helper --version)"
step "table"
stopwatch table $RTT <$RESULTS
step "end"
