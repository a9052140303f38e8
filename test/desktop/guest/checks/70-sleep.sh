# shellcheck shell=bash
# The computer is suspended (the kernel stops after it has frozen all programs, and goes on 5 s later).
step "sleep"
# Programs of system-sleep run when all were told of the sleep, and before any is told that it is over.
mkdir -p /usr/lib/systemd/system-sleep
cat >/usr/lib/systemd/system-sleep/desktop <<'PROGRAM'
#!/bin/sh
wc -l </run/desktop/cafe.log >"/run/desktop/requests-$1"
wc -l </run/desktop/agent.log >"/run/desktop/lines-$1"
PROGRAM
chmod +x /usr/lib/systemd/system-sleep/desktop
echo freezer >/sys/power/pm_test
logins=$(granted)
slept() { [ "$(cat /sys/power/suspend_stats/success)" -gt "$1" ]; }
silent() { [ "$(cat $LOGS/requests-pre)" = "$(cat $LOGS/requests-post)" ]; }
suspends=$(cat /sys/power/suspend_stats/success)
mark
check "the computer is suspended" systemctl suspend
check "it has slept" slept "$suspends"
check "nothing was sent meanwhile" silent
check "the agent was told" said 'computer goes to sleep\|to=inactive'
check "NetworkManager has joined again" active CafeNet
check "online" online CafeNet
check "one probe" times 'probe decided' 1
check "no second login" let_in "$logins"
rm /usr/lib/systemd/system-sleep/desktop
echo none >/sys/power/pm_test
