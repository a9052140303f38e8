package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// The scale to support: packs of many operators, and one operator with many places.
const (
	manyPacks  = 5_000
	manyPlaces = 1_000_000
)

// scale starts agents with many packs, and one without packs to compare.
func scale(binary string) error {
	var alone int
	for _, load := range []struct {
		name string
		fill func(packs string) error
	}{
		{"no packs", func(string) error { return nil }},
		{"5,000 packs", fillPacks},
		{"1,000,000 SSIDs", func(packs string) error {
			return fillPlaces(packs, "ssid_file", func(i int) string { return fmt.Sprintf("Operator Place %d", i) })
		}},
		{"1,000,000 BSSIDs", func(packs string) error {
			return fillPlaces(packs, "bssid_file", func(i int) string { return fmt.Sprintf("02:%02x:%02x:%02x:00:01", i>>16, i>>8&255, i&255) })
		}},
	} {
		took, peak, err := startAgent(binary, load.fill)
		if err != nil {
			return fmt.Errorf("start with %s: %w", load.name, err)
		}
		if alone == 0 {
			alone = peak
		}
		fmt.Printf("agent start     %-17s %4.0f ms to \"agent started\", peak RSS %.1f MB, %.1f MB more than without\n",
			load.name, took.Seconds()*1e3, float64(peak)/1e3, float64(peak-alone)/1e3)
	}
	return nil
}

// startAgent returns the fastest of a few starts, and the highest peak of memory, in kB.
func startAgent(binary string, fill func(packs string) error) (took time.Duration, peak int, err error) {
	home, err := os.MkdirTemp("", "footprint")
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(home)
	if err := fill(filepath.Join(home, ".local", "share", "hotspot-helper", "packs")); err != nil {
		return 0, 0, err
	}
	for range 5 {
		once, rss, err := startOnce(binary, home)
		if err != nil {
			return 0, 0, err
		}
		if took == 0 || once < took {
			took = once
		}
		peak = max(peak, rss)
	}
	return took, peak, nil
}

func startOnce(binary, home string) (took time.Duration, peak int, err error) {
	cmd := exec.Command(binary, "run", "-i", "none0")
	cmd.Env = []string{"HOME=" + home, "DBUS_SESSION_BUS_ADDRESS=unix:path=" + filepath.Join(home, "no-bus")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log, err := cmd.StderrPipe()
	if err != nil {
		return 0, 0, err
	}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	lines := bufio.NewScanner(log)
	for lines.Scan() && !strings.Contains(lines.Text(), "agent started") {
	}
	took = time.Since(begin)
	peak, err = status(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid), "VmHWM")
	if stopped := cmd.Process.Kill(); err == nil {
		err = stopped
	}
	_ = cmd.Wait() // errs, since it was killed
	return took, peak, err
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

func fillPacks(packs string) error {
	evidence := [...]string{
		"portal_host = [\"login.op%[1]d.test\", \"*.portal%[1]d.test\"]",
		"portal_host = [\"cloud.test\"]\nportal_path = [\"/site/%[1]d/*\"]",
		"body = [\"Welcome to Operator No %[1]d\"]",
		"css = [\"form#login-%[1]d input[name=user]\"]",
	}
	for i := range manyPacks {
		claims := fmt.Sprintf("[[claim]]\nconfidence = \"low\"\nssid = [\"Operator %[1]d\", \"Op%[1]d-*\"]\n", i) +
			fmt.Sprintf("[[claim]]\nconfidence = \"high\"\n"+evidence[i%len(evidence)]+"\n", i)
		if err := writePack(packs, i, claims); err != nil {
			return err
		}
	}
	return nil
}

func fillPlaces(packs, key string, place func(i int) string) error {
	if err := writePack(packs, 1, "[[claim]]\nconfidence = \"low\"\n"+key+" = \"places.txt\"\n"); err != nil {
		return err
	}
	var list strings.Builder
	for i := range manyPlaces {
		fmt.Fprintln(&list, place(i))
	}
	return os.WriteFile(filepath.Join(packs, "op-1", "places.txt"), []byte(list.String()), 0o600)
}

func writePack(packs string, i int, claims string) error {
	dir := filepath.Join(packs, fmt.Sprintf("op-%d", i))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	head := fmt.Sprintf("format = 1\nname = \"op-%[1]d\"\nversion = \"1.0.0\"\nlabel = \"Operator %[1]d\"\n", i)
	if err := os.WriteFile(filepath.Join(dir, "pack.toml"), []byte(head+claims), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "authenticate.toml"), fmt.Appendf(nil, scaleFlow, i), 0o600)
}
