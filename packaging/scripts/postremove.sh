#!/bin/sh
# After a removal: say what is kept. It belongs to users, and may contain secrets that they need elsewhere.
set -e
case "$1" in
upgrade | failed-upgrade | abort-install | abort-upgrade | disappear | 1) exit 0 ;; # rpm: 1 is an upgrade
esac
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
fi
case "$1" in
remove) exit 0 ;; # deb: the configuration is still there; purge comes later, or never
esac
cat <<-END
	hotspot-helper: kept, because it belongs to users:
	  ~/.config/hotspot-helper, ~/.local/share/hotspot-helper, ~/.local/state/hotspot-helper   of each user
	  /var/lib/private/hotspot-helper   of the system's agent, and its user hotspot-helper
	Remove them by hand if nobody needs them.
END
