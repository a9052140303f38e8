package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPackRun runs a pack on the real gateway as its maker would, records a case, and
// replays the case without the gateway.
func TestPackRun(t *testing.T) {
	forBoth(t, func(t *testing.T, option int, config string) {
		l := newLab(t)
		l.startGateway(gatewayConfig{loginOption: option})
		a := l.newAgent(config)
		pack := a.ownPack("opennds")
		// What the agent was given belongs to the pack that comes with the program.
		if r := a.helper("consent", "terms", pack, "always", "--config", a.config); r.code != 0 {
			t.Fatalf("consent: exit %d\n%s%s", r.code, r.stdout, r.stderr)
		}
		r := a.helper("pack", "run", pack, "--input", "name=Ada", "--input", "email=ada@example.test", "--interface", captiveIF, "--config", a.config, "--record", filepath.Join(pack, "tests", "live"))
		if r.code != 0 {
			t.Fatalf("pack run: exit %d\n%s%s", r.code, r.stdout, r.stderr)
		}
		if code := l.witness(captiveIF); code != online {
			t.Errorf("witness after pack run: %s, want %s", code, online)
		}
		if strings.Contains(r.stdout, "ada@example.test") || strings.Contains(read(t, filepath.Join(pack, "tests", "live.toml")), "ada@example.test") {
			t.Error("what the user gave stands in what is shown or kept")
		}
		if r := a.helper("pack", "test", pack, "--case", "live"); r.code != 0 || !strings.Contains(r.stdout, "1 of 1 cases are as recorded") {
			t.Errorf("pack test: exit %d\n%s%s", r.code, r.stdout, r.stderr)
		}
	})
}

// ownPack gives the user a copy of a shipped pack.
func (a *agent) ownPack(name string) string {
	a.l.t.Helper()
	dir := filepath.Join(a.home, name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "plugins", "packs", name))); err != nil {
		a.l.t.Fatalf("copy pack: %v", err)
	}
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, user, user)
	})
	if err != nil {
		a.l.t.Fatalf("give pack away: %v", err)
	}
	return dir
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
