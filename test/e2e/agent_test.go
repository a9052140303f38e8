package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Verdicts of the helper.
const (
	full    = "full"
	portal  = "portal"
	limited = "limited"
	none    = "none"
)

// user is the user that runs the helper: nobody, without any privilege.
const user = 65534

// agent is one user's helper in the client namespace: a home, a configuration, a session bus, and perhaps `helper run`.
type agent struct {
	l      *lab
	home   string
	config string
	env    []string
	bus    *proc
	run    *proc
}

// checks are those of the helper here: the lab's Internet has no https.
const checks = "[probe]\nendpoints = [\"debian\", \"android\", \"apple\", \"decoy-ipv4\"]\n"

// newAgent writes the configuration. It starts nothing, not even a bus.
func (l *lab) newAgent(config string) *agent {
	l.t.Helper()
	a := &agent{l: l, home: filepath.Join(l.dir, "home")}
	a.config = filepath.Join(a.home, "helper.toml")
	runtime := filepath.Join(a.home, "run")
	for _, dir := range []string{a.home, runtime} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			l.t.Fatalf("make home: %v", err)
		}
		if err := os.Chown(dir, user, user); err != nil {
			l.t.Fatalf("give home away: %v", err)
		}
	}
	if err := os.WriteFile(a.config, []byte(config+checks), 0o600); err != nil {
		l.t.Fatalf("write configuration: %v", err)
	}
	if err := os.Chown(a.config, user, user); err != nil {
		l.t.Fatalf("give configuration away: %v", err)
	}
	a.env = []string{
		"HOME=" + a.home, "XDG_RUNTIME_DIR=" + runtime, "XDG_STATE_HOME=" + filepath.Join(a.home, "state"),
		"DBUS_SESSION_BUS_ADDRESS=unix:path=" + a.socket(),
		"DBUS_SYSTEM_BUS_ADDRESS=unix:path=" + filepath.Join(runtime, "no-system-bus"), // the host's bus has nothing to do with this client
	}
	// Without this consent the helper accepts no terms.
	if r := a.helper("consent", "terms", "opennds", "always", "--config", a.config); r.code != 0 {
		l.t.Fatalf("give consent: exit %d: %s", r.code, r.stderr)
	}
	return a
}

func (a *agent) socket() string { return filepath.Join(a.home, "run", "bus") }

// as returns the command line of an unprivileged process in the client's namespace.
func (a *agent) as(argv ...string) []string {
	id := strconv.Itoa(user)
	return in(a.l.client, append([]string{
		"setpriv", "--reuid=" + id, "--regid=" + id, "--clear-groups", "--no-new-privs",
		"--inh-caps=-all", "--bounding-set=-all", "--pdeathsig=KILL",
	}, argv...)...)
}

// helper runs a command of the helper to its end.
func (a *agent) helper(args ...string) result {
	a.l.t.Helper()
	return a.l.exec(time.Minute, a.env, a.as(append([]string{program(a.l.t, "helper")}, args...)...)...)
}

// startBus starts the user's session bus.
func (a *agent) startBus() {
	a.l.t.Helper()
	a.bus = a.l.start("bus", nil, a.env, a.as("dbus-daemon", "--nofork", "--nosyslog",
		"--config-file="+testdata(a.l.t, "bus.conf"), "--address=unix:path="+a.socket())...)
	eventually(a.l.t, patience, "session bus listens", func() (bool, string) {
		_, err := os.Stat(a.socket())
		return err == nil, fmt.Sprint(err)
	})
}

// start runs the agent on the interfaces until the end of the test.
func (a *agent) start(ifnames ...string) {
	a.l.t.Helper()
	a.startBus()
	a.startRun(ifnames...)
}

// startRun runs the agent on the bus that runs already.
func (a *agent) startRun(ifnames ...string) {
	a.l.t.Helper()
	argv := []string{program(a.l.t, "helper"), "run", "--config", a.config}
	for _, name := range ifnames {
		argv = append(argv, "--interface", name)
	}
	a.run = a.l.start("helper-run", nil, a.env, a.as(argv...)...)
}

// association is the part of `helper status --json` for one interface.
type association struct {
	Interface string `json:"interface"`
	Phase     string `json:"phase"`
	Verdict   string `json:"verdict"`
	Reason    string `json:"reason"`
	Obstacle  string `json:"obstacle"`
	Helper    string `json:"helper"`
}

// status asks the agent for one interface; it errs too while the agent does not have it.
func (a *agent) status(ifname string) (association, error) {
	a.l.t.Helper()
	r := a.helper("status", "--json")
	if r.code != 0 {
		return association{}, fmt.Errorf("run helper status: exit %d: %s", r.code, r.stderr)
	}
	var all struct {
		Associations []association `json:"associations"`
	}
	if err := json.Unmarshal([]byte(r.stdout), &all); err != nil {
		a.l.t.Fatalf("read status: %v\n%s", err, r.stdout)
	}
	i := slices.IndexFunc(all.Associations, func(s association) bool { return s.Interface == ifname })
	if i < 0 {
		return association{}, fmt.Errorf("find %s in status: not there: %s", ifname, r.stdout)
	}
	return all.Associations[i], nil
}

// says is a check for eventually and always: the agent's verdict on the interface is one of these.
func (a *agent) says(ifname string, verdicts ...string) func() (bool, string) {
	return func() (bool, string) {
		a.l.t.Helper()
		if a.run.ended() {
			a.l.t.Fatal("helper run ended")
		}
		s, err := a.status(ifname)
		if err != nil {
			return false, err.Error()
		}
		return slices.Contains(verdicts, s.Verdict), fmt.Sprintf("%+v", s)
	}
}

// awaitVerdict polls until the agent has one of the verdicts for the interface.
func (a *agent) awaitVerdict(ifname string, verdicts ...string) {
	a.l.t.Helper()
	what := fmt.Sprintf("agent says %s of %s", strings.Join(verdicts, " or "), ifname)
	took := eventually(a.l.t, patience, what, a.says(ifname, verdicts...))
	a.l.t.Logf("%s after %v", what, took.Round(100*time.Millisecond))
}

// awaitOnline polls until agent and witness agree that the interface has the Internet.
func (a *agent) awaitOnline(ifname string) {
	a.l.t.Helper()
	a.l.awaitWitness(ifname, online)
	a.awaitVerdict(ifname, full)
}

// stop ends the agent as a service manager does, and checks that it ends quickly, with exit code 0, and completely.
func (a *agent) stop() {
	t := a.l.t
	t.Helper()
	took := a.run.signal(syscall.SIGTERM, patience)
	if took > 2*time.Second {
		t.Errorf("helper run took %v to end, want at most 2s", took)
	}
	if code := a.run.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("helper run ended with %v, want exit 0", a.run.cmd.ProcessState)
	}
	// The bus belongs to the test; no process of the helper may stay.
	bus := strconv.Itoa(a.bus.cmd.Process.Pid)
	if left := strings.TrimSpace(a.l.must("ip", "netns", "pids", a.l.client)); left != bus {
		t.Errorf("processes in the client's namespace: %q, want only the bus, %s", left, bus)
	}
}

// mustRun runs a helper command that must succeed.
func (a *agent) mustRun(args ...string) string {
	a.l.t.Helper()
	r := a.helper(args...)
	if r.code != 0 {
		a.l.t.Fatalf("helper %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r.stdout
}
