package daemon

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"hotspot-helper/internal/file"
	"hotspot-helper/internal/systembus"
)

// The limits of the scope of a live helper. Those that end it also hold if the agent is killed.
const (
	scopeTasks   = 64              // processes and threads
	scopeTime    = 1 * time.Minute // more than a flow may take
	scopeStop    = 1 * time.Second // what it has to end before it is killed
	maxScopeWait = 5 * time.Second // for the making of a scope
	// maxGroupFile is how many bytes are read of what the kernel says of control groups.
	maxGroupFile = 64 << 10
)

// LiveLimit puts a process into a scope of its own of the user's systemd, which limits its memory: see [live.Limit].
func (e Env) LiveLimit(ctx context.Context, helper string, pid int, memory int64) error {
	if e.System {
		return errors.New("the system's agent has no systemd of a user")
	}
	wait := scopeWait(ctx)
	ctx, stop := context.WithTimeoutCause(ctx, wait, fmt.Errorf("no answer within %v", wait.Round(time.Millisecond)))
	defer stop()
	return scopes{bus: e.sessionBus(), proc: "/proc", cgroups: "/sys/fs/cgroup"}.limit(ctx, helper, pid, memory)
}

// scopeWait is how long a program waits for its scope: half of its time at most, which is short for claims.
func scopeWait(ctx context.Context) time.Duration {
	end, ok := ctx.Deadline()
	if !ok {
		return maxScopeWait
	}
	return min(maxScopeWait, time.Until(end)/2)
}

// scopes makes scopes: groups of processes that systemd has not started itself (systemd.scope(5)).
type scopes struct {
	bus     string // address; empty: there is none
	proc    string // where proc is mounted
	cgroups string // where the control groups are mounted
}

func (s scopes) limit(ctx context.Context, helper string, pid int, memory int64) error {
	// With the older control groups, the user's systemd cannot limit memory.
	if _, err := os.Stat(filepath.Join(s.cgroups, "cgroup.controllers")); err != nil {
		return fmt.Errorf("the kernel's control groups are not those of version 2: %w", err)
	}
	unit := fmt.Sprintf("hotspot-helper-live-%d-%s.scope", pid, rand.Text())
	if err := s.start(ctx, unit, helper, pid, memory); err != nil {
		return fmt.Errorf("make a scope of the user's systemd: %w", err)
	}
	group, err := s.await(ctx, unit, pid)
	if err != nil {
		return fmt.Errorf("wait for a scope of the user's systemd: %w", err)
	}
	if err := s.check(group, memory); err != nil {
		return fmt.Errorf("limit memory by the user's systemd: %w", err)
	}
	return nil
}

// start makes systemd start a unit. It has not done so yet when start returns.
func (s scopes) start(ctx context.Context, unit, helper string, pid int, memory int64) error {
	if s.bus == "" {
		return systembus.ErrNoBus
	}
	conn, err := systembus.DialSession(ctx, s.bus)
	if err != nil {
		return err
	}
	defer conn.Close()
	micro := func(d time.Duration) uint64 { return uint64(d.Microseconds()) }
	properties := []systembus.UnitProperty{
		systembus.Property("Description", "Live helper "+helper),
		systembus.Property("PIDs", []uint32{uint32(pid)}),
		systembus.Property("MemoryMax", uint64(memory)),
		systembus.Property("MemorySwapMax", uint64(0)),
		systembus.Property("TasksMax", uint64(scopeTasks)),
		systembus.Property("RuntimeMaxUSec", micro(scopeTime)),
		systembus.Property("TimeoutStopUSec", micro(scopeStop)),
		systembus.Property("CollectMode", "inactive-or-failed"),
	}
	return systembus.StartUnit(ctx, conn, unit, properties)
}

// await waits until a process is in the control group of a unit, which it returns.
func (s scopes) await(ctx context.Context, unit string, pid int) (group string, err error) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		text, err := file.Read(filepath.Join(s.proc, strconv.Itoa(pid), "cgroup"), maxGroupFile)
		if err != nil {
			return "", err
		}
		if group, ok := groupOf(string(text)); ok && filepath.Base(group) == unit {
			return group, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
}

// groupOf returns the path of a process's control group, by a file of proc (cgroups(7)).
func groupOf(text string) (group string, ok bool) {
	for line := range strings.Lines(text) {
		if group, ok := strings.CutPrefix(line, "0::"); ok {
			return strings.TrimSuffix(group, "\n"), true
		}
	}
	return "", false
}

// check returns an error unless a control group limits memory so far.
func (s scopes) check(group string, memory int64) error {
	text, err := file.Read(filepath.Join(s.cgroups, filepath.Clean("/"+group), "memory.max"), maxGroupFile)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("the controller of memory is not delegated to it")
	}
	if err != nil {
		return err
	}
	limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || limit > memory {
		return fmt.Errorf("the limit is %q, want %d", strings.TrimSpace(string(text)), memory)
	}
	return nil
}
