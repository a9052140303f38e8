package daemon

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/agent"
	"hotspot-helper/probe"
)

// notifySocket is systemd's end of the notifications.
type notifySocket struct {
	*net.UnixConn
	t    *testing.T
	path string
}

func listenNotify(t *testing.T) *notifySocket {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &notifySocket{UnixConn: conn, t: t, path: path}
}

// next returns the assignments of one notification.
func (s *notifySocket) next() []string {
	s.t.Helper()
	if err := s.SetReadDeadline(time.Now().Add(patience)); err != nil {
		s.t.Fatal(err)
	}
	buffer := make([]byte, 4096)
	n, err := s.Read(buffer)
	if err != nil {
		s.t.Fatalf("no notification: %v", err)
	}
	return strings.Split(string(buffer[:n]), "\n")
}

func (s *notifySocket) want(assignments ...string) {
	s.t.Helper()
	if diff := cmp.Diff(assignments, s.next()); diff != "" {
		s.t.Errorf("notification (-want +got):\n%s", diff)
	}
}

// systemd is notified of the start, of a reload, for the watchdog, and of the end.
func TestNotifications(t *testing.T) {
	t.Parallel()
	systemd := listenNotify(t)
	reload := make(chan os.Signal)
	stop := runDaemon(t, &Daemon{Reload: reload}, &journal{}, map[string]string{
		"DBUS_SESSION_BUS_ADDRESS": "unix:path=" + filepath.Join(t.TempDir(), "no-bus"),
		"NOTIFY_SOCKET":            systemd.path,
		"WATCHDOG_USEC":            "200000",
		"WATCHDOG_PID":             strconv.Itoa(os.Getpid()),
	})
	next := func() []string { // but for the watchdog's
		for {
			if got := systemd.next(); got[0] != "WATCHDOG=1" {
				return got
			}
		}
	}
	if diff := cmp.Diff([]string{"READY=1", "STATUS=0 links"}, next()); diff != "" {
		t.Errorf("at the start (-want +got):\n%s", diff)
	}
	systemd.want("WATCHDOG=1")
	systemd.want("WATCHDOG=1")
	reload <- os.Interrupt
	if got := next(); len(got) != 2 || got[0] != "RELOADING=1" || !regexp.MustCompile(`^MONOTONIC_USEC=[1-9]\d*$`).MatchString(got[1]) {
		t.Errorf("at the beginning of a reload: %q", got)
	}
	if diff := cmp.Diff([]string{"READY=1"}, next()); diff != "" {
		t.Errorf("at the end of a reload (-want +got):\n%s", diff)
	}
	stop()
	if diff := cmp.Diff([]string{"STOPPING=1"}, next()); diff != "" {
		t.Errorf("at the end (-want +got):\n%s", diff)
	}
}

// An agent whose loop does not answer gets no further watchdog notification.
func TestWatchdogOfAStuckAgent(t *testing.T) {
	t.Parallel()
	systemd := listenNotify(t)
	log := &journal{}
	n := &notifier{socket: systemd.path, logger: log.logger()}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	answers := 0
	done := make(chan error, 1)
	go func() {
		done <- n.watchdog(ctx, 40*time.Millisecond, func(ctx context.Context) error {
			if answers++; answers == 1 {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		})
	}()
	systemd.want("WATCHDOG=1")
	await(t, "not logged", func() bool { return strings.Count(log.String(), "agent does not answer") > 1 })
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	_ = systemd.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if n, err := systemd.Read(make([]byte, 16)); err == nil {
		t.Errorf("%d bytes were sent for a stuck agent", n)
	}
}

func TestWatchdogPeriod(t *testing.T) {
	for _, test := range []struct {
		usec, pid string
		want      time.Duration
	}{
		{"", "", 0},
		{"120000000", "", 2 * time.Minute},
		{"120000000", strconv.Itoa(os.Getpid()), 2 * time.Minute},
		{"120000000", "1", 0},
		{"x", "", 0},
		{"-1", "", 0},
	} {
		got := watchdogPeriod(func(name string) string {
			return map[string]string{"WATCHDOG_USEC": test.usec, "WATCHDOG_PID": test.pid}[name]
		})
		if got != test.want {
			t.Errorf("period of %q for process %q is %v, want %v", test.usec, test.pid, got, test.want)
		}
	}
}

func TestStatusLine(t *testing.T) {
	for want, associations := range map[string][]agent.Association{
		"0 links": {{Interface: "eth0", Phase: agent.Inactive}},
		"2 links, logged in to cafe, eth0 waits for you": {
			{Interface: "wlan0", SSID: "cafe", Phase: agent.Authenticated, Helper: "h", Verdict: probe.VerdictFull},
			{Interface: "eth0", Phase: agent.PresentingUI, Verdict: probe.VerdictPortal},
		},
		"1 link":                               {{Interface: "wlan0", SSID: "home", Phase: agent.Authenticated, Verdict: probe.VerdictFull}},
		`1 link, login to a\x0aREADY=1 failed`: {{Interface: "wlan0", SSID: "a\nREADY=1", Phase: agent.Failed}},
		"1 link, portal at cafe":               {{Interface: "wlan0", SSID: "cafe", Phase: agent.Authenticating, Verdict: probe.VerdictPortal}},
	} {
		if got := statusLine(agent.Status{Associations: associations}); got != want {
			t.Errorf("status is %q, want %q", got, want)
		}
	}
}

// Attempts come with growing delays, and each change of the error is reported once.
func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var at []time.Duration
		var reported []string
		results := []string{"a", "a", "b", "works b", "b", "a", ""}
		err := retry(t.Context(), func(_ context.Context, works func()) error {
			at = append(at, time.Since(begin))
			text, ok := strings.CutPrefix(results[len(at)-1], "works ")
			if ok {
				works()
			}
			if text == "" {
				return nil
			}
			return errors.New(text)
		}, func(err error) {
			if err == nil {
				err = errors.New("works")
			}
			reported = append(reported, err.Error())
		})
		if err != nil {
			t.Error(err)
		}
		const s = time.Second
		if diff := cmp.Diff([]time.Duration{0, s, 3 * s, 7 * s, 8 * s, 10 * s, 14 * s}, at); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"a", "b", "works", "b", "a"}, reported); diff != "" {
			t.Errorf("reported (-want +got):\n%s", diff)
		}
	})
}
