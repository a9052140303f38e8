package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/bus/bustest"
	"hotspot-helper/internal/systembus"
)

// scopeStage is a private bus, and directories in place of proc and of the control groups.
type scopeStage struct {
	*testing.T
	scopes

	conn *dbus.Conn // of systemd
}

// stagedPID is the process that gets a scope.
const stagedPID = 4711

func newScopeStage(t *testing.T) *scopeStage {
	t.Helper()
	t.Parallel()
	s := &scopeStage{T: t, scopes: scopes{bus: bustest.New(t, os.Getenv("HELPER_REQUIRE")), proc: t.TempDir(), cgroups: t.TempDir()}}
	s.write(filepath.Join(s.cgroups, "cgroup.controllers"), "memory pids\n")
	s.write(filepath.Join(s.proc, fmt.Sprint(stagedPID), "cgroup"), "0::/user.slice/app.slice/hotspot-helper.service\n")
	conn, err := dbus.Connect(s.bus)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	s.conn = conn
	return s
}

func (s *scopeStage) write(file, text string) {
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600)); err != nil {
		s.Error(err)
	}
}

// systemd answers on the bus as the user's systemd does.
func (s *scopeStage) systemd(start func(unit string, properties map[string]any) *dbus.Error) {
	s.Helper()
	err := s.conn.ExportMethodTable(map[string]any{"StartTransientUnit": func(unit, mode string, properties []systembus.UnitProperty, auxiliary []struct {
		Name       string
		Properties []systembus.UnitProperty
	},
	) (dbus.ObjectPath, *dbus.Error) {
		if kind := dbus.SignatureOf(unit, mode, properties, auxiliary); kind.String() != "ssa(sv)a(sa(sv))" || mode != "fail" {
			s.Errorf("StartTransientUnit gets %s, %q", kind, mode)
		}
		values := map[string]any{}
		for _, property := range properties {
			values[property.Name] = property.Value.Value()
		}
		return "/org/freedesktop/systemd1/job/1", start(unit, values)
	}}, systembus.SystemdPath, systembus.Systemd+".Manager")
	if err != nil {
		s.Fatal(err)
	}
	if reply, err := s.conn.RequestName(systembus.Systemd, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		s.Fatal(reply, err)
	}
}

// moves puts the process into a unit whose memory has a limit.
func (s *scopeStage) moves(unit, limit string) {
	group := "/user.slice/app.slice/" + unit
	if limit != "" {
		s.write(filepath.Join(s.cgroups, group, "memory.max"), limit+"\n")
	}
	s.write(filepath.Join(s.proc, fmt.Sprint(stagedPID), "cgroup"), "0::"+group+"\n")
}

// TestScope puts a process into a scope, and waits until it is there, which is after systemd's answer.
func TestScope(t *testing.T) {
	s := newScopeStage(t)
	want := map[string]any{
		"Description": "Live helper srun", "PIDs": []uint32{stagedPID},
		"MemoryMax": uint64(64 << 20), "MemorySwapMax": uint64(0), "TasksMax": uint64(64),
		"RuntimeMaxUSec": uint64(60_000_000), "TimeoutStopUSec": uint64(1_000_000), "CollectMode": "inactive-or-failed",
	}
	moved := make(chan bool)
	s.systemd(func(unit string, properties map[string]any) *dbus.Error {
		if !regexp.MustCompile(`^hotspot-helper-live-4711-\w+\.scope$`).MatchString(unit) || fmt.Sprint(properties) != fmt.Sprint(want) {
			t.Errorf("starts %s with %v, want %v", unit, properties, want)
		}
		go func() {
			defer close(moved)
			s.moves(unit, fmt.Sprint(64<<20))
		}()
		return nil
	})
	if err := s.limit(t.Context(), "srun", stagedPID, 64<<20); err != nil {
		t.Error(err)
	}
	<-moved
}

// TestNoScope says why a process has no scope.
func TestNoScope(t *testing.T) {
	for _, test := range []struct {
		name, want string
		prepare    func(*scopeStage)
	}{
		{"no session bus", "there is no bus", func(s *scopeStage) { s.bus = "" }},
		{"a bus that is not there", "connect to the session bus", func(s *scopeStage) { s.bus = "unix:path=" + s.cgroups + "/bus" }},
		{"no systemd", `"org.freedesktop.systemd1" does not exist`, func(*scopeStage) {}},
		{"version 1 of control groups", "not those of version 2", func(s *scopeStage) { s.cgroups += "/memory" }},
		{"systemd refuses", "PIDs are not yours", func(s *scopeStage) {
			s.systemd(func(string, map[string]any) *dbus.Error {
				return dbus.NewError("org.freedesktop.DBus.Error.AccessDenied", []any{"PIDs are not yours"})
			})
		}},
		{"no controller of memory", "not delegated", func(s *scopeStage) {
			s.systemd(func(unit string, _ map[string]any) *dbus.Error { s.moves(unit, ""); return nil })
		}},
		{"no limit", `the limit is "max"`, func(s *scopeStage) {
			s.systemd(func(unit string, _ map[string]any) *dbus.Error { s.moves(unit, "max"); return nil })
		}},
		{"a higher limit", `the limit is "67112960"`, func(s *scopeStage) {
			s.systemd(func(unit string, _ map[string]any) *dbus.Error { s.moves(unit, "67112960"); return nil })
		}},
		{"the process is gone", "no such file", func(s *scopeStage) {
			s.systemd(func(string, map[string]any) *dbus.Error { _ = os.RemoveAll(s.proc); return nil })
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScopeStage(t)
			test.prepare(s)
			if err := s.limit(t.Context(), "srun", stagedPID, 64<<20); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// TestSlowScope gives up when its time is over: a systemd that does not answer, and one that does not move the process.
func TestSlowScope(t *testing.T) {
	for _, answers := range []bool{false, true} {
		t.Run(fmt.Sprint(answers), func(t *testing.T) {
			s := newScopeStage(t)
			ctx, stop := context.WithCancelCause(t.Context())
			asked := make(chan bool)
			s.systemd(func(string, map[string]any) *dbus.Error {
				close(asked)
				if !answers {
					<-t.Context().Done()
				}
				return nil
			})
			go func() {
				<-asked
				stop(errors.New("it takes too long"))
			}()
			if err := s.limit(ctx, "srun", stagedPID, 64<<20); err == nil {
				t.Error("no error")
			}
		})
	}
}

// TestScopeOfTheSystem has the agent of the system ask nobody.
func TestScopeOfTheSystem(t *testing.T) {
	t.Parallel()
	e := Env{System: true, Getenv: func(string) string { t.Error("looks for a bus"); return "" }}
	if err := e.LiveLimit(t.Context(), "srun", os.Getpid(), 64<<20); err == nil || errors.Is(err, systembus.ErrNoBus) {
		t.Error(err)
	}
}

// TestScopeWait leaves a program half of its time.
func TestScopeWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for within, want := range map[time.Duration]time.Duration{0: 5 * time.Second, 2 * time.Second: time.Second, 45 * time.Second: 5 * time.Second} {
			ctx, stop := t.Context(), context.CancelFunc(func() {})
			if within > 0 {
				ctx, stop = context.WithTimeout(ctx, within)
			}
			if wait := scopeWait(ctx); wait != want {
				t.Errorf("of %v: %v, want %v", within, wait, want)
			}
			stop()
		}
	})
}

// TestLiveScope starts live helpers in scopes, each time, if there is a systemd of the user.
func TestLiveScope(t *testing.T) {
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		t.Skip("here the scopes would have to be real")
	}
	t.Parallel()
	e := newEnv(t)
	registerLive(t, e, "first", "*.cafe.test", "")
	config, err := e.LoadConfig()
	if err != nil {
		t.Fatal(err)
	}
	helpers, err := e.LoadLive(t.Context(), config)
	if err != nil || len(helpers) != 1 {
		t.Fatal(helpers, err)
	}
	missing := helpers[0].Missing()
	if len(missing) != 1 || missing[0].Guarantee != "a limit of the memory of all its processes together" || !strings.Contains(missing[0].Cause.Error(), "version 2") {
		t.Errorf("missing: %v", missing)
	}
}
