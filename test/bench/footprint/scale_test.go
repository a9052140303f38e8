package footprint_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The scale to support: packs of many operators, and one operator with many places.
const (
	manyPacks  = 5_000
	manyPlaces = 1_000_000
)

// BenchmarkStart starts agents with many packs, and one without packs to compare.
func BenchmarkStart(b *testing.B) {
	file := built(b)
	for _, load := range []struct {
		name string
		fill func(b *testing.B, packs string)
	}{
		{"no packs", func(*testing.B, string) {}},
		{"5,000 packs", fillPacks},
		{"1,000,000 SSIDs", func(b *testing.B, packs string) {
			fillPlaces(b, packs, "ssid_file", func(i int) string { return fmt.Sprintf("Operator Place %d", i) })
		}},
		{"1,000,000 BSSIDs", func(b *testing.B, packs string) {
			fillPlaces(b, packs, "bssid_file", func(i int) string { return fmt.Sprintf("02:%02x:%02x:%02x:00:01", i>>16, i>>8&255, i&255) })
		}},
	} {
		b.Run(load.name, func(b *testing.B) {
			home, fastest, most := b.TempDir(), time.Hour, 0
			load.fill(b, filepath.Join(home, ".local", "share", "hotspot-helper", "packs"))
			for b.Loop() {
				took, peak := startAgent(b, file, home)
				fastest, most = min(fastest, took), max(most, peak)
			}
			b.ReportMetric(fastest.Seconds()*1e3, "ms")
			b.ReportMetric(megabytes(most), "peak-MB")
		})
	}
}

// startAgent returns the time until an agent logs that it is started, and its peak of memory, in kB.
func startAgent(b *testing.B, file, home string) (took time.Duration, peak int) {
	b.Helper()
	cmd := exec.Command(file, "run", "-i", "none0")
	cmd.Env = environment(home)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log, err := cmd.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewScanner(log)
	for lines.Scan() && !strings.Contains(lines.Text(), "agent started") {
	}
	took = time.Since(begin)
	peak = status(b, proc(cmd.Process.Pid), "VmHWM")
	if err := cmd.Process.Kill(); err != nil {
		b.Fatal(err)
	}
	_ = cmd.Wait() // errs, since it was killed
	return took, peak
}

const scaleFlow = `format = 1
hosts  = ["login.op%[1]d.test"]
[inputs.user]
prompt = "User"
[inputs.pass]
prompt = "Password"
secret = true
[[step]]
id     = "landing"
open   = "{{.probe.url}}"
[[step]]
id     = "login"
submit = "form#login-%[1]d"
fields = { user = "{{.input.user}}", pass = "{{.input.pass}}" }
`

func fillPacks(b *testing.B, packs string) {
	b.Helper()
	evidence := [...]string{
		"portal_host = [\"login.op%[1]d.test\", \"*.portal%[1]d.test\"]",
		"portal_host = [\"cloud.test\"]\nportal_path = [\"/site/%[1]d/*\"]",
		"body = [\"Welcome to Operator No %[1]d\"]",
		"css = [\"form#login-%[1]d input[name=user]\"]",
	}
	for i := range manyPacks {
		claims := fmt.Sprintf("[[claim]]\nconfidence = \"low\"\nssid = [\"Operator %[1]d\", \"Op%[1]d-*\"]\n", i) +
			fmt.Sprintf("[[claim]]\nconfidence = \"high\"\n"+evidence[i%len(evidence)]+"\n", i)
		writePack(b, packs, i, claims)
	}
}

func fillPlaces(b *testing.B, packs, key string, place func(i int) string) {
	b.Helper()
	writePack(b, packs, 1, "[[claim]]\nconfidence = \"low\"\n"+key+" = \"places.txt\"\n")
	var list strings.Builder
	for i := range manyPlaces {
		fmt.Fprintln(&list, place(i))
	}
	writeFile(b, filepath.Join(packs, "op-1", "places.txt"), list.String())
}

func writePack(b *testing.B, packs string, i int, claims string) {
	b.Helper()
	dir := filepath.Join(packs, fmt.Sprintf("op-%d", i))
	head := fmt.Sprintf("format = 1\nname = \"op-%[1]d\"\nversion = \"1.0.0\"\nlabel = \"Operator %[1]d\"\n", i)
	writeFile(b, filepath.Join(dir, "pack.toml"), head+claims)
	writeFile(b, filepath.Join(dir, "authenticate.toml"), fmt.Sprintf(scaleFlow, i))
}

// writeFile also makes the directories of a file.
func writeFile(b testing.TB, name, text string) {
	b.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}
