// Package confine runs a foreign program that may compute and nothing else: it has its standard
// streams, and no network, no file beyond those of the system, no other process and no environment.
//
// A confined program is started in two steps. [Start] executes the program of the agent itself once
// more. That process confines itself ([Main]), and then becomes the foreign program.
package confine

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Command is the first argument of the process that confines itself.
const Command = "confined"

// self is the program of this process, also if its file was replaced meanwhile.
const self = "/proc/self/exe"

// Program is a program and what it may use.
type Program struct {
	Path      string   `json:"path"`                // absolute
	Args      []string `json:"args,omitempty"`      // without the name of the program
	Files     []string `json:"files,omitempty"`     // absolute paths of what it may read beside the system's programs and libraries
	Memory    int64    `json:"memory"`              // bytes of private memory that each process may write to
	Processes bool     `json:"processes,omitempty"` // it may start processes
	Pins      []Pin    `json:"pins,omitempty"`      // Path and Files as they were checked: others are refused. None: any

	// Limit puts further limits on the process before it confines itself: such that hold for it and all that it will
	// start together. Without them the program runs, too. nil: there are none.
	Limit func(pid int) error `json:"-"`
	Waits bool                `json:"waits,omitempty"` // for Limit: set by Start

	// Unconfined runs it also where some of this cannot be enforced: see [Missing].
	Unconfined bool `json:"unconfined,omitempty"`
}

// MaxTasks is how many tasks a program has at once: its threads, and those of the processes that it starts.
const MaxTasks = 20

// The limits of every process of a program.
const (
	maxCPU       = 60 * time.Second
	maxFiles     = 64       // that are open
	maxStack     = 8 << 20  // bytes
	maxAddresses = 32 << 30 // bytes that it may map: what the kernel notes about them is not counted as its memory
)

// Process is a confined program that runs. Its streams are files, so that they have deadlines.
type Process struct {
	Stdin  *os.File
	Stdout *os.File
	Stderr *os.File

	Unlimited error // why the program runs without what [Program.Limit] is for

	mu     sync.Mutex
	pid    int // 0: it is not there any more
	done   chan struct{}
	status string // how it ended; after done
}

// Start starts a program. The caller must end it by [Process.Kill].
func Start(program Program) (*Process, error) {
	program.Waits = program.Limit != nil
	spec, err := json.Marshal(program)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", program.Path, err)
	}
	cmd := exec.Command(self, Command, string(spec))
	cmd.Args[0], cmd.Env, cmd.Dir = "helper", []string{}, "/"
	// Pdeathsig ends it with the agent, if the agent is killed. The group is what Kill ends.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	p := &Process{done: make(chan struct{})}
	theirs, err := p.open(cmd)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", program.Path, err)
	}
	release, err := hold(cmd, program)
	if err != nil {
		p.close()
		closeAll(theirs)
		return nil, fmt.Errorf("start %s: %w", program.Path, err)
	}
	defer release()
	started := make(chan error)
	go p.run(cmd, started)
	err = <-started
	closeAll(theirs)
	if err != nil {
		p.close()
		return nil, fmt.Errorf("start %s: %w", program.Path, err)
	}
	if program.Limit != nil {
		p.Unlimited = program.Limit(cmd.Process.Pid)
	}
	return p, nil
}

// open makes the streams. It returns the ends that are the program's.
func (p *Process) open(cmd *exec.Cmd) (theirs []*os.File, err error) {
	stdin, toStdin, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	stdout, fromStdout, err1 := os.Pipe()
	stderr, fromStderr, err2 := os.Pipe()
	p.Stdin, p.Stdout, p.Stderr = toStdin, stdout, stderr
	theirs = []*os.File{stdin, fromStdout, fromStderr}
	if err := errors.Join(err1, err2); err != nil {
		p.close()
		closeAll(theirs)
		return nil, err
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, fromStdout, fromStderr
	return theirs, nil
}

func (p *Process) close() { closeAll([]*os.File{p.Stdin, p.Stdout, p.Stderr}) }

func closeAll(files []*os.File) {
	for _, file := range files {
		_ = file.Close()
	}
}

// run starts the program, waits for its end and ends what it left behind. It keeps one thread: the
// kernel takes the end of the thread that started a process for the end of its parent.
func (p *Process) run(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := cmd.Start()
	if err != nil {
		started <- err
		return
	}
	p.pid = cmd.Process.Pid
	release, err := endWithParent(p.pid)
	defer release()
	if err != nil {
		_ = unix.Kill(-p.pid, unix.SIGKILL)
	}
	started <- err
	for {
		// It is not reaped here: until then, no other process or group has its number.
		err = unix.Waitid(unix.P_PID, p.pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	p.mu.Lock()
	_ = unix.Kill(-p.pid, unix.SIGKILL)
	p.status = describe(cmd.Wait())
	p.pid = 0
	p.mu.Unlock()
	close(p.done)
}

// describe says how a program ended.
func describe(err error) string {
	if err == nil {
		return "it ended"
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return "it was ended by the signal " + status.Signal().String()
		}
		return fmt.Sprintf("it ended with exit code %d", exit.ExitCode())
	}
	return err.Error()
}

// Kill ends the program and all processes that it started, waits for the program's end and closes
// the streams. It may be called again.
func (p *Process) Kill() {
	p.interrupt()
	<-p.done
	p.close()
}

// Interrupt ends the program without waiting: what reads its streams sees their end.
func (p *Process) Interrupt() { p.interrupt() }

func (p *Process) interrupt() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pid != 0 {
		_ = unix.Kill(-p.pid, unix.SIGKILL) // it is in the group since it began
	}
}

// Ended says how the program ended by itself. It waits for that, for a short time; "" if it still
// runs then.
func (p *Process) Ended(within time.Duration) string {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-p.done:
		return p.status
	case <-timer.C:
		return ""
	}
}
