// Package footprint_test measures what the built binary costs: its size, a cold
// `helper claim`, the memory of a `helper probe`, the start of an agent with many packs,
// an agent that is idle, and one that joins many networks.
package footprint_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	binary = flag.String("binary", "../../../bin/helper", "`FILE` to measure")
	idle   = flag.Duration("idle", time.Minute, "`TIME` to watch the idle agent")
)

// built returns the path of the binary.
func built(b testing.TB) string {
	b.Helper()
	path, err := filepath.Abs(*binary)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		b.Skipf("find binary: %v (make build makes it)", err)
	}
	return path
}

func BenchmarkBinary(b *testing.B) {
	file, size := built(b), int64(0)
	for b.Loop() {
		info, err := os.Stat(file)
		if err != nil {
			b.Fatal(err)
		}
		size = info.Size()
	}
	b.ReportMetric(float64(size)/1e6, "MB")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkClaim times a cold `helper claim`; BenchmarkTrue is a process that does nothing.
func BenchmarkClaim(b *testing.B) { benchmarkRun(b, built(b), "claim", "WIFI@DB") }
func BenchmarkTrue(b *testing.B)  { benchmarkRun(b, "/bin/true") }

func benchmarkRun(b *testing.B, command ...string) {
	for b.Loop() {
		cmd := exec.Command(command[0], command[1:]...)
		if err := cmd.Run(); err != nil {
			b.Fatalf("%s: %v", cmd, err)
		}
	}
}

// BenchmarkIdle runs an agent in a new network namespace, which has only a loopback that is
// down, and counts the wake-ups of its threads. It does so alone, and with live helpers.
func BenchmarkIdle(b *testing.B) {
	file := built(b)
	if os.Geteuid() != 0 {
		b.Skip("a network namespace needs root")
	}
	b.Run("alone", func(b *testing.B) { benchmarkIdle(b, file, b.TempDir()) })
	b.Run("20 live helpers", func(b *testing.B) {
		home := b.TempDir()
		registerLive(b, home, 20)
		benchmarkIdle(b, file, home)
	})
}

func benchmarkIdle(b *testing.B, file, home string) {
	for b.Loop() {
		var log bytes.Buffer
		cmd := exec.Command(file, "run")
		cmd.Env = append(environment(home), "GOTRACEBACK=all")
		cmd.Stderr = &log
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		time.Sleep(5 * time.Second) // the start is over, and its garbage collected
		before := switches(b, cmd.Process.Pid)
		time.Sleep(*idle)
		b.ReportMetric(float64(switches(b, cmd.Process.Pid)-before), "wake-ups")
		b.ReportMetric(megabytes(status(b, proc(cmd.Process.Pid), "VmRSS")), "RSS-MB")
		if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil { // makes the Go runtime list all goroutines and exit
			b.Fatal(err)
		}
		_ = cmd.Wait() // errs, since it was killed
		if strings.Contains(log.String(), "left out") {
			b.Fatal(log.String())
		}
		b.ReportMetric(float64(strings.Count(log.String(), "\ngoroutine ")), "goroutines")
	}
	b.ReportMetric(0, "ns/op")
}

// registerLive registers live helpers of a user, which are shell scripts.
func registerLive(b *testing.B, home string, helpers int) {
	b.Helper()
	dir := filepath.Join(home, ".local/share/hotspot-helper/helpers.d")
	for i := range helpers {
		name := fmt.Sprintf("live-%d", i)
		program := filepath.Join(dir, name+".sh")
		writeFile(b, filepath.Join(dir, name+".toml"), "api = 1\nexec = \""+name+".sh\"\n[[network]]\nconfidence = \"high\"\nportal_host = [\""+name+".test\"]\n")
		writeFile(b, program, `#!/bin/sh
while read -r line; do
	case $line in
	*Live1.Describe*) echo '{"parameters":{"name":"`+name+`","version":"1.0.0","label":"A live helper","hosts":["@start"],"inputs":[{"name":"user","prompt":"User"}]}}' ;;
	*) echo '{"error":"org.varlink.service.MethodNotFound","parameters":{}}' ;;
	esac
done
`)
		if err := os.Chmod(program, 0o700); err != nil {
			b.Fatal(err)
		}
	}
}

// environment is that of an agent without a bus.
func environment(home string) []string {
	return []string{"HOME=" + home, "DBUS_SESSION_BUS_ADDRESS=unix:path=" + filepath.Join(home, "no-bus")}
}

// switches counts how often the threads of a process gave up the processor to wait. Each
// wake-up ends with that.
func switches(b testing.TB, pid int) (total int) {
	b.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(threads) == 0 {
		b.Fatalf("read threads of %d: %v", pid, errors.Join(err, os.ErrProcessDone))
	}
	for _, thread := range threads {
		total += status(b, thread, "voluntary_ctxt_switches")
	}
	return total
}

// proc names the status file of a process.
func proc(pid int) string { return fmt.Sprintf("/proc/%d/status", pid) }

// status reads one number of a status file (proc(5)).
func status(b testing.TB, file, key string) int {
	b.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "\n"+key+":")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		b.Fatalf("read %s: no %s", file, key)
	}
	number, err := strconv.Atoi(fields[0])
	if err != nil {
		b.Fatal(err)
	}
	return number
}

// megabytes converts from the kB of proc(5), which have 1024 bytes.
func megabytes(kB int) float64 { return float64(kB) * 1024 / 1e6 }
