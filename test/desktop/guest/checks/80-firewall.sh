# shellcheck shell=bash
# A kill switch lets nothing out but through a tunnel; it is lifted.
step "kill switch"
obstacle() { user helper status --json | jq -e --arg interface $STATION --arg obstacle "$1" '.associations[] | select(.interface == $interface and .obstacle == $obstacle)'; }
leave
forget
logins=$(granted)
nft -f - <<'RULES'
table inet kill {
	chain out {
		type filter hook output priority 0; policy drop
		oifname { "lo", "wg0" } accept
		udp dport { 67, 51820 } accept
	}
}
RULES
mark
check "NetworkManager joins" nmcli --wait 60 connection up CafeNet
check "the agent names the firewall" obstacle local-firewall
check "no login" let_in "$logins"
nft delete table inet kill
check "the kill switch is lifted: online" online CafeNet
check "one login" let_in $((logins + 1))
