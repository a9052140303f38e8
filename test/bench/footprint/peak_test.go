package footprint_test

import (
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// settled is the longest time until a network answers as it should.
const settled = 20 * time.Second

// BenchmarkProbe measures the peak memory of `helper probe`, on an open network and behind a
// portal.
func BenchmarkProbe(b *testing.B) {
	file, n := built(b), newNetwork(b)
	for play, exit := range map[string]int{"open": 0, "redirect": 3} {
		b.Run(play, func(b *testing.B) {
			n.play(play)
			for deadline := time.Now().Add(settled); exitOf(n.probe(file)) != exit; {
				if time.Now().After(deadline) {
					b.Fatalf("no exit code %d within %v", exit, settled)
				}
			}
			var all []int
			for b.Loop() {
				all = append(all, peak(b, n.probe(file)))
			}
			slices.Sort(all)
			b.ReportMetric(megabytes(all[len(all)/2]), "median-MB")
			b.ReportMetric(megabytes(all[len(all)-1]), "max-MB")
		})
	}
}

func exitOf(cmd *exec.Cmd) int {
	_ = cmd.Run() // a process that did not start has no exit code
	return cmd.ProcessState.ExitCode()
}

// peak runs a command to its end and returns its largest resident set, in kB.
//
// It stops the process just before its end and reads VmHWM (proc(5)), because the
// ru_maxrss of getrusage(2) includes the process before its exec, a copy of this one.
func peak(b *testing.B, cmd *exec.Cmd) int {
	b.Helper()
	runtime.LockOSThread() // ptrace(2) works from one thread only
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	most, err := peakAtExit(b, cmd.Process.Pid)
	if err != nil {
		_ = cmd.Process.Kill()
	}
	_ = cmd.Wait() // the exit code is a verdict
	if err != nil {
		b.Fatalf("trace %s: %v", cmd, err)
	}
	return most
}

func peakAtExit(b *testing.B, pid int) (int, error) {
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
	most := status(b, proc(pid), "VmHWM")
	return most, unix.PtraceDetach(pid)
}
