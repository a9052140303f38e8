# shellcheck shell=bash
# The package is installed, an ordinary user enables his agent, and NetworkManager joins CafeNet: the first topic of every run.
radios

step "package"
check "the user has a session on seat0" bash -c 'loginctl show-seat seat0 --property ActiveSession | grep -q "=."'
check "the user has a manager and a bus" test -S /run/user/1000/bus
check "the package is installed" dpkg --install /share/hotspot-helper.deb
follow && mark
check "nothing is enabled by the package" bash -c '! systemctl is-active --quiet hotspot-helper-system'
check "the user enables his agent" user systemctl --user enable --now hotspot-helper
check "the agent answers" user helper status
follow_status
for helper in opennds click-through; do
	check "consent to the terms of $helper" user helper consent terms $helper always
done
networkmanager

step "CafeNet"
access_point 2 cafe CafeNet 1
check "NetworkManager joins" join CafeNet
check "logged in by the click-through helper" is "CafeNet authenticated full click-through"
check "one login" let_in 1
