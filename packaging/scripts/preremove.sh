#!/bin/sh
# Before a removal, and for deb and rpm also before an upgrade: stop the system's agent, and let no manager start an
# agent that is gone. Users' agents that run end with their sessions.
set -e
case "$1" in
upgrade | failed-upgrade | deconfigure | 1) exit 0 ;; # deb: upgrade; rpm: 1 is an upgrade, 0 a removal
esac
if command -v systemctl >/dev/null; then
	systemctl --quiet disable hotspot-helper-system.service || true
	systemctl --quiet --global disable hotspot-helper.service || true
fi
if [ -d /run/systemd/system ]; then
	systemctl stop hotspot-helper-system.service || true
fi
