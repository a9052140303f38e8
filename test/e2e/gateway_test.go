package e2e

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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
	fas  *proc
	conf gatewayConfig
}

// gatewayConfig is what the tests vary. The zero value is a click-through and a session of an hour.
type gatewayConfig struct {
	loginOption    int
	sessionMinutes int
	name           string // GatewayName
	fas            bool   // an authentication server with the page that openNDS ships
}

// startGateway brings up the captive network and lets the client join it.
func (l *lab) startGateway(conf gatewayConfig) *gateway {
	l.t.Helper()
	if !conf.fas { // openNDS ignores the server if it has pages of its own
		conf.loginOption = max(conf.loginOption, clickThrough)
	}
	if conf.sessionMinutes == 0 {
		conf.sessionMinutes = 60
	}
	g := &gateway{l: l, conf: conf}
	template, err := os.ReadFile(testdata(l.t, "opennds.conf"))
	if err != nil {
		l.t.Fatalf("read configuration: %v", err)
	}
	const checkSeconds = 15 // how often openNDS ends expired sessions
	content := fmt.Sprintf(string(template), cmp.Or(conf.name, "Lab"), conf.loginOption, conf.sessionMinutes, checkSeconds)
	if conf.fas {
		content += fasConfig
		g.startFAS()
	}
	if err := os.WriteFile(filepath.Join(l.dir, "opennds.conf"), []byte(content), 0o644); err != nil {
		l.t.Fatalf("write configuration: %v", err)
	}
	g.startDNS()
	l.join(captiveIF, 100)
	g.startNDS()
	l.awaitWitness(captiveIF, intercepted)
	return g
}

func (g *gateway) leases() string { return filepath.Join(g.l.dir, "dhcp.leases") }

// The key is that of the page.
const (
	fasAddress = internetIP + ":8081"
	fasConfig  = "fasremoteip " + internetIP + "\nfasport 8081\nfaspath /fas-hid.php\nfas_secure_enabled 1\nfaskey 1234567890\n"
)

// startFAS starts the authentication server: the page in PHP that openNDS ships, which logs below /run.
func (g *gateway) startFAS() {
	g.l.t.Helper()
	g.fas = g.l.start("fas", isolated(), nil, in(g.l.internet, "sh", "-c",
		"mount -t tmpfs tmpfs /run && exec php -S "+fasAddress+" -t /etc/opennds")...)
	eventually(g.l.t, patience, "authentication server answers", func() (bool, string) {
		r := g.l.exec(patience, nil, in(g.l.internet, "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "http://"+fasAddress+"/fas-hid.php")...)
		return r.stdout == "200", r.stdout + r.stderr
	})
}

// submissions counts how often a name and an address were sent to the authentication server.
func (g *gateway) submissions() int {
	g.l.t.Helper()
	data, err := os.ReadFile(g.fas.log)
	if err != nil {
		g.l.t.Fatalf("read log of authentication server: %v", err)
	}
	return len(regexp.MustCompile(`GET /fas-hid\.php\?\S*fullname=`).FindAll(data, -1))
}

// startDNS starts the gateway's DNS and DHCP; the lease file stays from one start to the next.
func (g *gateway) startDNS() {
	g.l.t.Helper()
	g.dns = g.l.start("dns-gateway", nil, nil, in(g.l.gateway, dnsmasq("--listen-address="+gatewayIP,
		"--server="+upstreamIP, "--address=/status.client/"+gatewayIP,
		"--dhcp-range=10.99.1.100,10.99.1.150,1h", "--dhcp-leasefile="+g.leases(),
		"--dhcp-option-force=114,http://status.client/")...)...)
}

// startNDS starts openNDS and waits until it answers; then it intercepts too.
func (g *gateway) startNDS() {
	g.l.t.Helper()
	const running = "openNDS is now running"
	before := 0
	if g.nds != nil {
		before = g.logged(running)
	}
	g.nds = g.l.start("opennds", isolated(), nil, in(g.l.gateway, testdata(g.l.t, "opennds.sh"), g.l.dir)...)
	eventually(g.l.t, patience, "openNDS runs", func() (bool, string) {
		if g.nds.ended() {
			g.l.t.Fatal("openNDS ended")
		}
		return g.logged(running) > before, "nothing"
	})
}

// crash kills openNDS at once; its firewall rules stay until the next start.
func (g *gateway) crash() {
	g.l.t.Helper()
	g.nds.signal(syscall.SIGKILL, patience)
}

// vanish stops DNS, DHCP and the portal, and drops all traffic; the wire stays.
func (g *gateway) vanish() {
	g.l.t.Helper()
	g.crash()
	g.dns.signal(syscall.SIGKILL, patience)
	g.l.must(in(g.l.gateway, "nft", "flush ruleset; add table ip gone; "+
		"add chain ip gone input { type filter hook input priority 0; policy drop; }; "+
		"add chain ip gone forward { type filter hook forward priority 0; policy drop; }")...)
}

// back undoes vanish, as a reboot does: openNDS has lost its clients.
func (g *gateway) back() {
	g.l.t.Helper()
	g.l.must(in(g.l.gateway, "nft", "flush ruleset")...)
	g.startDNS()
	g.startNDS()
}

// logins counts in the log how often openNDS has opened the firewall for the client. It does not use ndsctl: openNDS
// serves one ndsctl at a time and logs clients in with it, so that polling would make logins fail.
func (g *gateway) logins() int { return g.logged(`\) Authenticating \S+ ` + clientMAC) }

// logged counts the lines of openNDS's log that match, since the first start.
func (g *gateway) logged(pattern string) int {
	g.l.t.Helper()
	data, err := os.ReadFile(g.nds.log)
	if err != nil {
		g.l.t.Fatalf("read log of openNDS: %v", err)
	}
	return len(regexp.MustCompile(pattern).FindAll(data, -1))
}

// awaitLogin polls until the client has its nth login.
func (g *gateway) awaitLogin(n int) {
	g.l.t.Helper()
	what := fmt.Sprintf("login %d", n)
	took := eventually(g.l.t, 2*patience, what, func() (bool, string) {
		if g.nds.ended() {
			g.l.t.Fatal("openNDS ended")
		}
		now := g.logins()
		return now >= n, fmt.Sprintf("%d logins", now)
	})
	g.l.t.Logf("%s after %v", what, took.Round(100*time.Millisecond))
}

// deauth ends the client's session.
func (g *gateway) deauth() {
	g.l.t.Helper()
	pid := strconv.Itoa(g.nds.cmd.Process.Pid)
	out := g.l.must("nsenter", "-t", pid, "-m", "-n", "-p", "ndsctl", "deauth", clientMAC)
	if !strings.Contains(out, "deauthenticated") {
		g.l.t.Fatalf("deauth the client: %s", out)
	}
}
