package uplinks

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// rules count the packets that leave the laptop, by interface, except those that the kernel
// sends for a closed socket: resets and ICMP port unreachable. They have no data, and since
// they belong to no socket, a process cannot bind them to an interface.
const rules = `table inet proof {
	counter up0 {}
	counter up1 {}
	chain out {
		type filter hook output priority 0
		tcp flags & rst == rst return
		icmp type destination-unreachable return
		oifname "up0" counter name "up0"
		oifname "up1" counter name "up1"
	}
}
`

// packets returns how many packets have left through an interface since the last call.
func packets(t *testing.T, iface string) int {
	t.Helper()
	text := sh(t, "nft reset counter inet proof %s", iface)
	found := regexp.MustCompile(`packets (\d+)`).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no packets in %q", text)
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// laptop is the machine with two uplinks: the better one is open, the other captive.
type laptop struct {
	open, captive *hotspot
	home          string
}

func newLaptop(t *testing.T) *laptop {
	t.Helper()
	home := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(home, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	// IPv6 would send announcements on every link, and these tests do not use it.
	for _, key := range []string{"ipv6/conf/all/disable_ipv6", "ipv6/conf/default/disable_ipv6"} {
		_ = os.WriteFile("/proc/sys/net/"+key, []byte("1"), 0o644) // a kernel without IPv6 has no such file
	}
	for _, key := range []string{"ipv4/conf/all/rp_filter", "ipv4/conf/default/rp_filter"} {
		if err := os.WriteFile("/proc/sys/net/"+key, []byte("0"), 0o644); err != nil {
			t.Fatal(err) // responses arrive through the worse default route
		}
	}
	sh(t, "mount --make-rprivate /")
	sh(t, "mount --bind %s /etc/resolv.conf", write("resolv.conf", "nameserver "+hotspotIP+"\n"))
	sh(t, "nft -f %s", write("rules", rules))
	// The hotspots have no https.
	write("helper.toml", "[probe]\nendpoints = [\"debian\", \"android\", \"apple\", \"decoy-ipv4\"]\n")
	l := &laptop{open: newHotspot(t, "up0", 100, false), captive: newHotspot(t, "up1", 200, true), home: home}
	if output, code := l.helper(t, "consent", "terms", "click-through", "always"); code != 0 {
		t.Fatalf("give consent: exit %d: %s", code, output)
	}
	return l
}

// helper runs the command with an environment and files of its own.
func (l *laptop) helper(t *testing.T, args ...string) (output string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Getenv(inLaptop), append(args, "--config", filepath.Join(l.home, "helper.toml"))...)
	nowhere := "unix:path=" + filepath.Join(l.home, "none")
	cmd.Env = []string{"HOME=" + l.home, "DBUS_SESSION_BUS_ADDRESS=" + nowhere, "DBUS_SYSTEM_BUS_ADDRESS=" + nowhere}
	var errs strings.Builder
	cmd.Stderr = &errs
	data, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run helper %q: %v", args, err)
	}
	if errs.Len() > 0 {
		t.Logf("helper %q:\n%s", args, &errs)
	}
	return string(data), cmd.ProcessState.ExitCode()
}

// want checks that a step of an association used one interface only.
func (l *laptop) want(t *testing.T, step string, by, other *hotspot) {
	t.Helper()
	if n := packets(t, other.name); n != 0 {
		t.Errorf("%s over %s: %d packets left by %s", step, by.name, n, other.name)
	}
	if n := other.count(""); n != 0 {
		t.Errorf("%s over %s: %s heard %q", step, by.name, other.name, other.requests)
	}
	if n := packets(t, by.name); n == 0 || by.count("dns") == 0 || by.count("GET") == 0 {
		t.Errorf("%s over %s: %d packets left by it, which heard %q", step, by.name, n, by.requests)
	}
	by.mu.Lock()
	defer by.mu.Unlock()
	by.requests = nil
}

// quiet waits until the connections of earlier steps are closed, and resets the counters.
func quiet(t *testing.T) {
	t.Helper()
	const listening, timeWait = "0A", "06" // as in /proc/net/tcp
	closing := func() bool {
		data, err := os.ReadFile("/proc/self/net/tcp")
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n")[1:] {
			if state := strings.Fields(line)[3]; state != listening && state != timeWait {
				return true
			}
		}
		return false
	}
	for deadline := time.Now().Add(10 * time.Second); closing(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("connections of an earlier step do not end")
		}
	}
	packets(t, "up0")
	packets(t, "up1")
}

// Invariant: everything sent for an association leaves through its interface, names
// resolved by that link's name servers. The whole command goes through a probe and a
// login over each of two uplinks while packets are counted on the other: over the one with
// the better default route, which packets take without binding, and over the other one.
func TestNothingGoesAstray(t *testing.T) {
	if !enterLaptop(t) {
		return
	}
	l := newLaptop(t)
	conn, err := net.Dial("tcp", internetIP+":80")
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if packets(t, "up0") == 0 || packets(t, "up1") != 0 {
		t.Fatal("what is not bound should leave by the better default route, and be counted")
	}

	const full, portal = 0, 3 // exit codes of helper probe
	for _, step := range []struct {
		name      string
		args      []string
		by, other *hotspot
		code      int
		verdict   string
	}{
		{"probe", []string{"probe", "--json", "-i", "up1"}, l.captive, l.open, portal, "portal"},
		{"login", []string{"login", "--json", "-i", "up1"}, l.captive, l.open, 0, "full"},
		{"probe after the login", []string{"probe", "--json", "-i", "up1"}, l.captive, l.open, full, "full"},
		{"probe", []string{"probe", "--json", "-i", "up0"}, l.open, l.captive, full, "full"},
	} {
		quiet(t)
		output, code := l.helper(t, step.args...)
		var answer struct {
			Verdict string `json:"verdict"`
			Reason  string `json:"reason"`
		}
		if err := json.Unmarshal([]byte(output), &answer); err != nil || code != step.code || answer.Verdict != step.verdict {
			t.Errorf("%s over %s: exit %d, %v; want %d, %s\n%s", step.name, step.by.name, code, err, step.code, step.verdict, output)
		}
		l.want(t, step.name, step.by, step.other)
	}
}
