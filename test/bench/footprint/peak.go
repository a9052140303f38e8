package main

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The exit codes of `helper probe`.
const exitFull, exitPortal = 0, 3

const (
	probeRuns = 20
	// settled is the longest time until a network answers as it should.
	settled = 20 * time.Second
)

// peakProbes prints the peak memory of `helper probe`, on an open network and behind a portal.
func peakProbes(binary string) (err error) {
	binary, err = filepath.Abs(binary)
	if err != nil {
		return err
	}
	n, err := newNetwork()
	if n != nil {
		defer func() { err = errors.Join(err, n.tearDown()) }()
	}
	if err != nil {
		return fmt.Errorf("make a network (needs root): %w", err)
	}
	return errors.Join(n.peaks(binary, "open", exitFull), n.peaks(binary, "redirect", exitPortal))
}

// peaks prints the peak memory of probes of a network. Each must end with this exit code.
func (n *network) peaks(binary, play string, exit int) error {
	if err := n.play(play); err != nil {
		return err
	}
	for deadline := time.Now().Add(settled); exitOf(n.probe(binary)) != exit; {
		if time.Now().After(deadline) {
			return fmt.Errorf("probe %s: not within %v", play, settled)
		}
	}
	var all []int
	for range probeRuns {
		most, err := peak(n.probe(binary))
		if err != nil {
			return err
		}
		all = append(all, most)
	}
	slices.Sort(all)
	fmt.Printf("helper probe    peak RSS %.1f MB, at most %.1f MB (%d runs, %s)\n",
		megabytes(all[probeRuns/2]), megabytes(all[probeRuns-1]), probeRuns, play)
	return nil
}

func exitOf(cmd *exec.Cmd) int {
	_ = cmd.Run() // a process that did not start has no exit code
	return cmd.ProcessState.ExitCode()
}

// megabytes converts from the kB of proc(5), which have 1024 bytes.
func megabytes(kB int) float64 { return float64(kB) * 1024 / 1e6 }

// peak runs a command to its end and returns its largest resident set, in kB.
//
// It stops the process just before its end and reads VmHWM (proc(5)), because the
// ru_maxrss of getrusage(2) includes the process before its exec, a copy of this one.
func peak(cmd *exec.Cmd) (int, error) {
	runtime.LockOSThread() // ptrace(2) works from one thread only
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("start %s: %w", cmd, err)
	}
	most, err := peakAtExit(cmd.Process.Pid)
	if err != nil {
		_ = cmd.Process.Kill()
	}
	_ = cmd.Wait() // the exit code is a verdict
	if err != nil {
		return 0, fmt.Errorf("trace %s: %w", cmd, err)
	}
	return most, nil
}

func peakAtExit(pid int) (int, error) {
	var state unix.WaitStatus
	if _, err := unix.Wait4(pid, &state, 0, nil); err != nil {
		return 0, err
	}
	if err := unix.PtraceSetOptions(pid, unix.PTRACE_O_TRACEEXIT); err != nil {
		return 0, err
	}
	for state.TrapCause() != unix.PTRACE_EVENT_EXIT {
		signal := int(state.StopSignal())
		if state.StopSignal() == unix.SIGTRAP {
			signal = 0 // not a real signal: the process called exec
		}
		if err := unix.PtraceCont(pid, signal); err != nil {
			return 0, err
		}
		if _, err := unix.Wait4(pid, &state, 0, nil); err != nil {
			return 0, err
		}
	}
	most, err := status(filepath.Join("/proc", strconv.Itoa(pid), "status"), "VmHWM")
	if err != nil {
		return 0, err
	}
	return most, unix.PtraceDetach(pid)
}
