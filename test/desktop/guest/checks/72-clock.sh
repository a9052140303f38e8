# shellcheck shell=bash
# The clock is set forward and back: the agent looks at the link, and the session is kept.
step "the clock is set"
logins=$(granted)
for jump in +1hour -1hour; do
	mark
	date -s "$jump" >/dev/null
	check "the agent notices: $jump" said 'the clock was set'
	check "it probes" said 'probe decided.*verdict=full'
	check "online" online CafeNet
done
check "no second login" let_in "$logins"
