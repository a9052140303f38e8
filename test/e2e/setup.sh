#!/bin/sh
# Installs the Debian packages that the end-to-end tests need and that are missing. Needs root or sudo.
set -eu
PATH=$PATH:/usr/sbin:/sbin

missing=
need() { # need COMMAND PACKAGE
	command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need ip iproute2
need curl curl
need nft nftables
need iptables iptables
need dnsmasq dnsmasq-base
need udhcpc udhcpc
need opennds opennds
need php php-cli # the page of its authentication server
need wget wget # openNDS checks its own web server with it
need dbus-daemon dbus
need setpriv util-linux
need script bsdutils
need pgrep procps
need chromium chromium
need Xvfb xvfb
need xdotool xdotool
need xwd x11-apps
need pnmtopng netpbm

[ -n "$missing" ] || exit 0
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q
# shellcheck disable=SC2086 # a list of words
$sudo apt-get install -q -y --no-install-recommends $missing
