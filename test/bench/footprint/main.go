// Command footprint measures what the built binary costs: its size, a cold
// `helper claim`, the memory of a `helper probe`, and an agent that is idle.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	binary := flag.String("binary", "bin/helper", "`FILE` to measure")
	idle := flag.Duration("idle", time.Minute, "`TIME` to watch the idle agent")
	flag.Parse()
	if err := run(*binary, *idle); err != nil {
		fmt.Fprintln(os.Stderr, "footprint:", err)
		os.Exit(1)
	}
}

func run(binary string, idle time.Duration) error {
	info, err := os.Stat(binary)
	if err != nil {
		return fmt.Errorf("find binary: %w (make build makes it)", err)
	}
	fmt.Printf("binary          %.1f MB\n", float64(info.Size())/1e6)
	if err := coldClaim(binary); err != nil {
		return err
	}
	if err := peakProbes(binary); err != nil {
		return err
	}
	if err := scale(binary); err != nil {
		return err
	}
	return idleAgent(binary, idle)
}

// coldStarts is how often each command is timed, for a median.
const coldStarts = 21

// coldClaim times `helper claim`, and a process that does nothing.
func coldClaim(binary string) error {
	claim, err := median(func() *exec.Cmd { return exec.Command(binary, "claim", "WIFI@DB") }, 3)
	if err != nil {
		return err
	}
	nothing, err := median(func() *exec.Cmd { return exec.Command("/bin/true") }, 0)
	if err != nil {
		return err
	}
	fmt.Printf("helper claim    %.1f ms (/bin/true %.1f ms)\n", claim.Seconds()*1e3, nothing.Seconds()*1e3)
	return nil
}

func median(command func() *exec.Cmd, wantExit int) (time.Duration, error) {
	var times []time.Duration
	for range coldStarts {
		cmd := command()
		start := time.Now()
		err := cmd.Run()
		times = append(times, time.Since(start))
		var exit *exec.ExitError
		if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != wantExit) {
			return 0, fmt.Errorf("run %s: %w", cmd, err)
		}
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

// idleAgent runs an agent in a new network namespace, which has only a loopback that is
// down, and counts the wake-ups of its threads.
func idleAgent(binary string, idle time.Duration) error {
	home, err := os.MkdirTemp("", "footprint")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	var log bytes.Buffer
	cmd := exec.Command(binary, "run")
	cmd.Env = []string{"HOME=" + home, "DBUS_SESSION_BUS_ADDRESS=unix:path=" + filepath.Join(home, "no-bus"), "GOTRACEBACK=all"}
	cmd.Stderr = &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start agent in a network namespace (needs root): %w", err)
	}
	time.Sleep(5 * time.Second) // the start is over, and its garbage collected
	before, err := switches(cmd.Process.Pid)
	if err != nil {
		return err
	}
	time.Sleep(idle)
	after, err := switches(cmd.Process.Pid)
	if err != nil {
		return err
	}
	rss, err := status(filepath.Join("/proc", strconv.Itoa(cmd.Process.Pid), "status"), "VmRSS")
	if err != nil {
		return err
	}
	if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil { // makes the Go runtime list all goroutines and exit
		return err
	}
	_ = cmd.Wait()
	fmt.Printf("idle agent      RSS %.1f MB, %d goroutines, %d wake-ups in %v\n",
		megabytes(rss), strings.Count(log.String(), "\ngoroutine "), after-before, idle)
	return nil
}

// switches counts how often the threads of a process gave up the processor to wait. Each
// wake-up ends with that.
func switches(pid int) (total int, err error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(threads) == 0 {
		return 0, fmt.Errorf("read threads of %d: %w", pid, errors.Join(err, os.ErrProcessDone))
	}
	for _, thread := range threads {
		n, err := status(thread, "voluntary_ctxt_switches")
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

// status reads one number of a status file (proc(5)).
func status(file, key string) (int, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), key+":"); ok {
			return strconv.Atoi(strings.Fields(value)[0])
		}
	}
	return 0, fmt.Errorf("read %s: no %s", file, key)
}
