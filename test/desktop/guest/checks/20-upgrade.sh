# shellcheck shell=bash
# The package is upgraded while the agent runs: the session and the administrator's configuration are kept.
step "upgrade"
printf '\n[helper.click-through]\npriority = 7\n' >>/etc/hotspot-helper/helper.toml
agent=$(main_pid) logins=$(granted)
mark
check "the package is upgraded" bash -c 'dpkg --force-confdef --force-confold --install /share/newer.deb </dev/null'
check "the agent goes on meanwhile" runs "$agent"
check "the administrator's configuration is kept" grep -q 'priority = 7' /etc/hotspot-helper/helper.toml
check "the new default stands beside it" grep -q 'a later version' /etc/hotspot-helper/helper.toml.dpkg-dist
check "the user starts the new agent" user systemctl --user restart hotspot-helper
check "the link is online at once" online CafeNet
check "no second login" let_in "$logins"
check "nothing was submitted" times 'flow ended' 0
