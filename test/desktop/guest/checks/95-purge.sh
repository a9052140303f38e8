# shellcheck shell=bash
# The purge leaves nothing but the data of users.
step "purge"
user systemctl --user stop hotspot-helper
check "the package is purged" bash -c 'dpkg --purge hotspot-helper </dev/null >/run/desktop/purge.log 2>&1'
left() { find / -xdev \( -path /proc -o -path /share -o -path /ctl -o -path /tmp -o -path /run \) -prune -o -iname '*hotspot*helper*' -print | grep -v -e "^/home/[a-z]*/\.\(config\|local/s[^/]*\)/hotspot-helper$" -e '^/var/lib/\(private/\)\?hotspot-helper$' -e ^/home/user/.config/systemd/; }
nothing_left() { [ -z "$(left)" ]; }
check "nothing is left but the data of users" nothing_left
check "the data of the user is kept" test -e /home/user/.local/state/hotspot-helper/memory.json
check "no unit has failed" bash -c '! systemctl --failed --plain --no-legend | grep hotspot'
nothing_left || left
