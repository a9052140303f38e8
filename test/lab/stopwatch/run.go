package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// line is a line of output, with its time.
type line struct {
	text string
	at   time.Time
}

// note records the verdict in a line, if there is one. Lines before the start count too: some checks report early.
func (s settings) note(l line, start time.Time, m *measurement) bool {
	found := s.verdict.FindStringSubmatch(l.text)
	if found == nil {
		return false
	}
	verdict := found[len(found)-1]
	m.Reports = append(m.Reports, report{cmp.Or(s.names[verdict], verdict), milliseconds(l.at.Sub(start))})
	return true
}

// once runs the check from start to end.
func (s settings) once(ctx context.Context, m *measurement) (start time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	read, write, err := os.Pipe()
	if err != nil {
		return start, err
	}
	defer read.Close()
	cmd := exec.CommandContext(ctx, s.command[0], s.command[1:]...)
	cmd.Stdout, cmd.Stderr = write, write
	start = time.Now()
	err = cmd.Start()
	write.Close()
	if err != nil {
		return start, err
	}
	lines := make(chan line)
	go scan(read, lines)
	for l := range lines {
		s.note(l, start, m)
	}
	err = cmd.Wait()
	m.Ended = milliseconds(time.Since(start))
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		return start, err
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		m.Memory = usage.Maxrss
	}
	time.Sleep(inFlight) // the kernel may still send packets for its connections
	return start, nil
}

func scan(r io.Reader, lines chan<- line) {
	defer close(lines)
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		lines <- line{in.Text(), time.Now()}
	}
}

// daemon brings the link up and waits for the final verdict of a check that is running already.
func (s settings) daemon(ctx context.Context, m *measurement) (start time.Time, err error) {
	lines, err := s.lines(ctx)
	if err != nil {
		return start, err
	}
	routes, err := watchRoutes(s.iface)
	if err != nil {
		return start, err
	}
	cmd := exec.CommandContext(ctx, s.command[0], s.command[1:]...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return start, err
	}
	defer func() { err = errors.Join(err, cmd.Wait()) }()
	late := time.After(s.limit)
	var early []line
	for start.IsZero() {
		select {
		case start = <-routes:
		case l := <-lines:
			early = append(early, l)
		case <-late:
			return start, fmt.Errorf("bring up %s: no default route within %s", s.iface, s.limit)
		}
	}
	for _, l := range early {
		s.note(l, start, m)
	}
	settled := time.NewTimer(s.limit)
	for {
		select {
		case l := <-lines:
			if s.note(l, start, m) {
				settled.Reset(s.settle)
			}
		case <-settled.C:
			return start, nil
		case <-late:
			return start, nil
		}
	}
}

func (s settings) lines(ctx context.Context) (<-chan line, error) {
	if s.bus != "" {
		return signals(ctx, s.bus)
	}
	return follow(s.follow)
}

// peak reads the largest resident set of a process so far, in KiB; 0 if it is unknown.
func peak(process int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		return 0
	}
	_, after, _ := bytes.Cut(status, []byte("VmHWM:"))
	fields := bytes.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	kib, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		return 0
	}
	return kib
}
