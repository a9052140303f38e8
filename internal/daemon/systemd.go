package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"hotspot-helper/agent"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// notifier reports the state of the service to systemd (sd_notify(3)). It is our own and
// not that of coreos/go-systemd, which reads the environment of the process by itself and
// has neither the status nor the watchdog's timer.
type notifier struct {
	socket string // $NOTIFY_SOCKET; empty: systemd does not ask
	logger *slog.Logger
	failed sync.Once
}

// notify sends assignments such as READY=1, all in one datagram.
func (n *notifier) notify(assignments ...string) {
	if n.socket == "" {
		return
	}
	conn, err := net.Dial("unixgram", n.socket)
	if err == nil {
		defer conn.Close()
		_, err = conn.Write([]byte(strings.Join(assignments, "\n")))
	}
	if err != nil {
		n.failed.Do(func() { n.logger.Warn("systemd cannot be notified", "error", err) })
	}
}

// reloading reports that the configuration is being read; the result reports the end of it.
func (n *notifier) reloading() (done func()) {
	var now unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) // every Linux has this clock
	n.notify("RELOADING=1", fmt.Sprintf("MONOTONIC_USEC=%d", now.Nano()/int64(time.Microsecond)))
	return func() { n.notify("READY=1") }
}

// busTimeout bounds how long the start waits for a bus that does not answer.
const busTimeout = 10 * time.Second

// reported is what is reported to systemd: [*agent.Agent].
type reported interface {
	Ping(ctx context.Context) error
	Status() agent.Status
	Listen(report func(agent.Transition)) (stop func())
}

// run reports readiness when the agent answers and the bus was tried, then each change of
// the status line, and the end.
func (n *notifier) run(ctx context.Context, ag reported, busTried <-chan struct{}) error {
	if n.socket == "" {
		return nil
	}
	defer n.notify("STOPPING=1")
	changed, stop := transitions(ag)
	defer stop()
	select {
	case <-busTried:
	case <-time.After(busTimeout):
	case <-ctx.Done():
		return nil
	}
	for state, last := []string{"READY=1"}, ""; ; state = nil {
		if ag.Ping(ctx) != nil { // the status is up to date when the loop has answered
			return nil
		}
		if line := statusLine(ag.Status()); line != last {
			state, last = append(state, "STATUS="+line), line
		}
		if len(state) > 0 {
			n.notify(state...)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// statusLine is the state of all associations in one line.
func statusLine(status agent.Status) string {
	var parts []string
	links := 0
	for _, as := range status.Associations {
		if as.Phase == agent.Inactive {
			continue
		}
		links++
		network := as.SSID.String()
		if as.SSID == wifi.SSID("") {
			network = as.Interface
		}
		switch {
		case as.Phase == agent.Authenticated && as.Helper != "":
			parts = append(parts, "logged in to "+network)
		case as.Phase == agent.PresentingUI:
			parts = append(parts, network+" waits for you")
		case as.Phase == agent.Failed:
			parts = append(parts, "login to "+network+" failed")
		case as.Phase == agent.Deferred:
			parts = append(parts, "login to "+network+" is tried again later")
		case as.Verdict == probe.VerdictPortal:
			parts = append(parts, "portal at "+network)
		}
	}
	count := fmt.Sprintf("%d links", links)
	if links == 1 {
		count = "1 link"
	}
	return strings.Join(append([]string{count}, parts...), ", ")
}

// watchdogPeriod is how often systemd wants to hear from the process at least; 0: never.
func watchdogPeriod(getenv func(string) string) time.Duration {
	micros, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64)
	pid := getenv("WATCHDOG_PID")
	if err != nil || micros <= 0 || pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0
	}
	return time.Duration(micros) * time.Microsecond
}

// watchdog keeps systemd from restarting the service for as long as the agent's loop answers.
func (n *notifier) watchdog(ctx context.Context, period time.Duration, ping func(context.Context) error) error {
	if n.socket == "" || period == 0 {
		return nil
	}
	tick := time.NewTicker(period / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		waiting, stop := context.WithTimeout(ctx, period/2)
		err := ping(waiting)
		stop()
		if err == nil {
			n.notify("WATCHDOG=1")
		} else if ctx.Err() == nil {
			n.logger.Error("agent does not answer", "error", err)
		}
	}
}
