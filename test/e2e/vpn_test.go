package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// blockedBy is a check for eventually: the link is limited, and this obstacle of the computer is named.
func (a *agent) blockedBy(obstacle string) func() (bool, string) {
	return func() (bool, string) {
		a.l.t.Helper()
		s, err := a.status(captiveIF)
		return err == nil && s.Verdict == limited && s.Obstacle == obstacle, fmt.Sprintf("%+v, %v", s, err)
	}
}

// tunnel takes all of the client's traffic, in the way of wg-quick, and swallows it.
func (l *lab) tunnel() {
	l.t.Helper()
	l.ip(l.client, "tuntap add tun0 mode tun", "link set tun0 up", "addr add 10.64.0.2/32 dev tun0", "route add default dev tun0 table 51820",
		"rule add not fwmark 51820 table 51820 pref 32765", "rule add table main suppress_prefixlength 0 pref 32764")
}

// TestTunnel logs in beside a tunnel that takes everything else. A strict reverse-path filter keeps the answers from the
// agent, which says so, and goes on when the filter is loose.
func TestTunnel(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	g := l.startGateway(gatewayConfig{})
	l.join(captiveIF, 100)
	l.tunnel()
	if r := l.exec(time.Minute, nil, in(l.client, "curl", "-sS", "-m", "3", "-o", "/dev/null", "http://"+internetIP+"/")...); r.code == 0 {
		t.Fatal("the tunnel does not take what is not bound")
	}
	a := l.newAgent(quick)
	a.start(captiveIF)
	g.awaitLogin(1)
	a.awaitOnline(captiveIF)

	l.sysctl(l.client, "net/ipv4/conf/all/rp_filter", "1")
	eventually(t, patience, "agent names the filter", a.blockedBy("reverse-path-filter"))
	l.sysctl(l.client, "net/ipv4/conf/all/rp_filter", "2")
	a.awaitOnline(captiveIF)
}

// TestKillSwitch: a firewall of the client lets nothing out but by the tunnel. The agent says so, opens nothing, and logs
// in soon after the VPN is gone.
func TestKillSwitch(t *testing.T) {
	t.Parallel()
	for _, verdict := range []string{"drop", "reject"} {
		t.Run(verdict, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			g := l.startGateway(gatewayConfig{})
			l.join(captiveIF, 100)
			l.tunnel()
			l.must(in(l.client, "nft", "table inet kill { chain out { type filter hook output priority 0; oifname != { lo, tun0 } "+verdict+"\n}\n}")...)
			a := l.newAgent(quick)
			a.start(captiveIF)
			took := eventually(t, patience, "agent names the firewall", a.blockedBy("local-firewall"))
			t.Logf("named after %v", took)
			if r := a.helper("probe", "--interface", captiveIF, "--config", a.config); r.code != 4 || !strings.Contains(r.stdout, captiveIF+": limited: this computer's firewall lets nothing out (kill switch of a VPN?)\n") {
				t.Errorf("probe: exit %d\n%s%s", r.code, r.stdout, r.stderr)
			}
			always(t, 20*time.Second, "agent names the firewall", a.blockedBy("local-firewall"))
			l.must(in(l.client, "nft", "delete table inet kill")...)
			l.ip(l.client, "link del tun0")
			lifted := time.Now()
			g.awaitLogin(1)
			a.awaitOnline(captiveIF)
			if took := time.Since(lifted); took > 15*time.Second {
				t.Errorf("logged in %v after the firewall was lifted", took)
			}
		})
	}
}
