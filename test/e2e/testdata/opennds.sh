#!/bin/sh
# Execs openNDS. Start it in separate mount and PID namespaces, in the gateway's network namespace:
# openNDS keeps its state under fixed names in /tmp, and its scripts edit the system's dnsmasq and restart services.
# usage: opennds.sh DIR    DIR has opennds.conf and dhcp.leases
set -eu
dir=$1
lib=/usr/lib/opennds

mkdir -p "$dir/tmp"
mount -t tmpfs -o mode=1777 tmpfs "$dir/tmp"
cd "$dir/tmp"
cp "$dir/opennds.conf" .

# The lease file is where openNDS looks a client up: without a lease it answers 403.
: >dhcp.leases
mount --bind "$dir/dhcp.leases" dhcp.leases

# The iptables that openNDS drives accepts only base chains of priority 0; its own script makes them at -100.
# Only the test restarts openNDS. Its watchdog takes a web server that is silent for a second for dead, and on a busy
# machine would restart it all the time.
sed -e 's/priority -100/priority 0/g' \
	-e 's/grep -w "priority 0"/grep -wE "priority (0|filter)"/' \
	-e 's/wget -t 1 -T 1 /wget -t 1 -T 30 /' \
	-e 's/systemctl restart opennds/true/' \
	-e 's,/etc/init.d/opennds [a-z]*,true,' \
	"$lib/libopennds.sh" >libopennds.sh
printf '#!/bin/sh\nprintf done\n' >dnsconfig.sh
chmod +x libopennds.sh dnsconfig.sh
mount --bind libopennds.sh "$lib/libopennds.sh"
mount --bind dnsconfig.sh "$lib/dnsconfig.sh"

mount --rbind "$dir/tmp" /tmp
mount -t tmpfs tmpfs /run
mount -t proc proc /proc
cd /

nft flush ruleset
exec opennds -f -d 1 -c /tmp/opennds.conf
