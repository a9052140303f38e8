package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	clickThrough = 1 // openNDS's login_option_enabled: two clicks
	nameAndEmail = 2 // a form with two fields
)

// gateway is openNDS with the dnsmasq that serves its clients.
type gateway struct {
	l    *lab
	dns  *proc
	nds  *proc
	conf gatewayConfig
}

// gatewayConfig is what the tests vary; zero values are a click-through and a session of an hour.
type gatewayConfig struct {
	loginOption    int
	sessionMinutes int
}

// startGateway brings up the captive network and lets the client join it.
func (l *lab) startGateway(conf gatewayConfig) *gateway {
	l.t.Helper()
	conf.loginOption = max(conf.loginOption, clickThrough)
	if conf.sessionMinutes == 0 {
		conf.sessionMinutes = 60
	}
	g := &gateway{l: l, conf: conf}
	template, err := os.ReadFile(testdata(l.t, "opennds.conf"))
	if err != nil {
		l.t.Fatalf("read configuration: %v", err)
	}
	const checkSeconds = 15 // how often openNDS looks for sessions that are over
	content := fmt.Sprintf(string(template), conf.loginOption, conf.sessionMinutes, checkSeconds)
	if err := os.WriteFile(filepath.Join(l.dir, "opennds.conf"), []byte(content), 0o644); err != nil {
		l.t.Fatalf("write configuration: %v", err)
	}
	g.startDNS()
	l.join(captiveIF, 100)
	g.startNDS()
	l.awaitWitness(captiveIF, intercepted, 10*time.Second)
	return g
}

func (g *gateway) leases() string { return filepath.Join(g.l.dir, "dhcp.leases") }

// startDNS starts the gateway's DNS and DHCP; the lease file stays from one start to the next.
func (g *gateway) startDNS() {
	g.l.t.Helper()
	g.dns = g.l.start("dns-gateway", nil, nil, in(g.l.gateway, dnsmasq("--listen-address="+gatewayIP,
		"--server="+upstreamIP, "--address=/status.client/"+gatewayIP,
		"--dhcp-range=10.99.1.100,10.99.1.150,1h", "--dhcp-leasefile="+g.leases(),
		"--dhcp-option-force=114,http://status.client/")...)...)
}

// startNDS starts openNDS and waits until it answers; it intercepts by then.
func (g *gateway) startNDS() {
	g.l.t.Helper()
	g.nds = g.l.start("opennds", isolated(), nil, in(g.l.gateway, testdata(g.l.t, "opennds.sh"), g.l.dir)...)
	eventually(g.l.t, 30*time.Second, "openNDS runs", func() (bool, string) {
		if g.nds.ended() {
			g.l.t.Fatal("openNDS ended")
		}
		ctl := g.l.exec(5*time.Second, nil, g.ndsctlCommand("json")...)
		return ctl.code == 0, ctl.stderr
	})
}

// crash kills openNDS at once; its firewall rules stay until the next start.
func (g *gateway) crash() {
	g.l.t.Helper()
	g.nds.signal(syscall.SIGKILL, 5*time.Second)
}

// vanish takes DNS, DHCP and the portal away, and lets nothing through; the wire stays.
func (g *gateway) vanish() {
	g.l.t.Helper()
	g.crash()
	g.dns.signal(syscall.SIGKILL, 5*time.Second)
	g.l.must(in(g.l.gateway, "nft", "flush ruleset; add table ip gone; "+
		"add chain ip gone input { type filter hook input priority 0; policy drop; }; "+
		"add chain ip gone forward { type filter hook forward priority 0; policy drop; }")...)
}

// back undoes vanish, as a reboot does: openNDS has forgotten its clients.
func (g *gateway) back() {
	g.l.t.Helper()
	g.l.must(in(g.l.gateway, "nft", "flush ruleset")...)
	g.startDNS()
	g.startNDS()
}

// ndsctl asks the running openNDS.
func (g *gateway) ndsctl(args ...string) string {
	g.l.t.Helper()
	return g.l.must(g.ndsctlCommand(args...)...)
}

func (g *gateway) ndsctlCommand(args ...string) []string {
	pid := strconv.Itoa(g.nds.cmd.Process.Pid)
	return append([]string{"nsenter", "-t", pid, "-m", "-n", "-p", "ndsctl"}, args...)
}

// session is when the client's present login began, as openNDS has it; zero when the client is not logged in.
func (g *gateway) session() int64 {
	g.l.t.Helper()
	r := g.l.exec(5*time.Second, nil, g.ndsctlCommand("json")...)
	if r.code != 0 {
		return 0 // openNDS is busy
	}
	var list struct {
		Clients map[string]struct {
			State   string `json:"state"`
			Started int64  `json:"session_start,string"`
		} `json:"clients"`
	}
	if err := json.Unmarshal([]byte(r.stdout), &list); err != nil {
		g.l.t.Fatalf("read clients of openNDS: %v\n%s", err, r.stdout)
	}
	if c := list.Clients[clientMAC]; c.State == "Authenticated" {
		return c.Started
	}
	return 0
}

// awaitSession polls until the client has a login that is newer than the given one, and returns its time.
func (g *gateway) awaitSession(after int64, limit time.Duration) int64 {
	g.l.t.Helper()
	var now int64
	took := eventually(g.l.t, limit, fmt.Sprintf("login after %d", after), func() (bool, string) {
		now = g.session()
		return now > after, fmt.Sprintf("session of %d", now)
	})
	g.l.t.Logf("login after %v", took.Round(100*time.Millisecond))
	return now
}

// deauth ends the client's session.
func (g *gateway) deauth() {
	g.l.t.Helper()
	if out := g.ndsctl("deauth", clientMAC); !strings.Contains(out, "deauthenticated") {
		g.l.t.Fatalf("deauth the client: %s", out)
	}
}
