#!/bin/sh
# After an installation or an upgrade, on every kind of package: make the user of the system's agent, and restart that
# agent if it runs. It enables nothing.
set -e
if command -v systemd-sysusers >/dev/null; then
	systemd-sysusers hotspot-helper.conf
elif ! grep -q '^hotspot-helper:' /etc/passwd; then # without systemd, such as on Alpine
	addgroup -S hotspot-helper
	adduser -S -D -H -h / -s /sbin/nologin -G hotspot-helper -g "Captive portal hotspot helper" hotspot-helper
fi
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl try-restart hotspot-helper-system.service
fi
