# shellcheck shell=bash
# A gateway that answers one request after the other, each after 3 s, gets its login.
step "a slow gateway"
ip netns exec cafe iw phy phy3 set netns name slow
leave
check "an access point" access_point 3 slow SlowNet 6
check "NetworkManager joins" join SlowNet
WITHIN=180 check "online" online SlowNet
check "one login" let_in 1 slow
leave
nmcli connection delete SlowNet >/dev/null
stop ap3
ip netns exec slow iw phy phy3 set netns name cafe
check "NetworkManager goes back" nmcli --wait 60 connection up CafeNet
check "online" online CafeNet
