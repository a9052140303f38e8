package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tunnelState is the part of `helper status --json` for the only tunnel.
type tunnelState struct {
	Want    string `json:"want"`
	Rule    string `json:"rule"`
	Up      bool   `json:"up"`
	Started bool   `json:"started"`
}

// TestOnDemand starts a tunnel of commands after the login, stops it when the session ends, and starts it after the next
// login.
func TestOnDemand(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	g := l.startGateway(gatewayConfig{})
	flag, log := filepath.Join(l.dir, "home", "is-up"), filepath.Join(l.dir, "home", "did")
	script := func(words string) string { return fmt.Sprintf(`["sh", "-c", %q]`, words) }
	a := l.newAgent(quick + "\n[[on_demand]]\nname = 'cafes'\naction = 'connect'\nwhen = { type = ['veth', 'ether'] }\ntunnel = { up = " + script("echo up >>"+log+"; : >"+flag) +
		", down = " + script("echo down >>"+log+"; rm "+flag) + ", is_up = " + script("test -e "+flag) + " }\n")
	if r := a.helper("on-demand", "explain", "", "--type", "ether", "--config", a.config); r.code != 0 || !strings.Contains(r.stdout, "cafes") {
		t.Errorf("explain: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	a.start(captiveIF)
	became := func(want string) {
		t.Helper()
		eventually(t, patience, "tunnel did "+want, func() (bool, string) {
			data, err := os.ReadFile(log)
			did := strings.Join(strings.Fields(string(data)), " ")
			return did == want, fmt.Sprint(did, err)
		})
	}
	g.awaitLogin(1)
	a.awaitOnline(captiveIF)
	became("up")
	var status struct {
		OnDemand []tunnelState `json:"on_demand"`
	}
	eventually(t, patience, "status shows the tunnel", func() (bool, string) {
		r := a.helper("status", "--json")
		err := json.Unmarshal([]byte(r.stdout), &status)
		return err == nil && len(status.OnDemand) == 1 && status.OnDemand[0] == tunnelState{"up", "cafes", true, true}, r.stdout + r.stderr
	})
	if text := a.mustRun("status"); !strings.Contains(text, "command sh  up, started by a rule: rule 'cafes' on "+captiveIF) {
		t.Errorf("status:\n%s", text)
	}
	g.deauth()
	g.awaitLogin(2)
	a.awaitOnline(captiveIF)
	became("up down up")
}
