package hostile

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

// The promises.
const (
	maxMemory  = 200 << 20
	maxLatency = 100 * time.Millisecond
	maxEnding  = 2 * time.Second
)

// fuse is the size at which the agent is killed, so that a broken promise does not take the machine down.
const fuse = 1 << 30

// meter measures an agent under attack: how long it takes to tell its status, and how long the bus takes for a call that
// needs no agent. The second is what the machine adds.
type meter struct {
	agent         *agent
	stop          context.CancelFunc
	running       sync.WaitGroup
	status, noise []time.Duration
	failed        error
	fused         bool
}

func measure(a *agent) *meter {
	ctx, stop := context.WithCancel(context.Background())
	m := &meter{agent: a, stop: stop}
	every := func(pause time.Duration, do func()) {
		m.running.Go(func() {
			for ; ctx.Err() == nil; time.Sleep(pause) {
				do()
			}
		})
	}
	every(20*time.Millisecond, func() {
		begin := time.Now()
		if err := a.call("GetStatus"); err != nil && m.failed == nil {
			m.failed = err
		}
		m.status = append(m.status, time.Since(begin))
	})
	every(20*time.Millisecond, func() {
		begin := time.Now()
		_ = a.bus.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetId", dbus.FlagNoAutoStart).Err
		m.noise = append(m.noise, time.Since(begin))
	})
	every(10*time.Millisecond, func() {
		if a.memory("VmRSS") > fuse {
			m.fused = true
			_ = a.cmd.Process.Kill()
		}
	})
	return m
}

// check ends the measurement and the agent, and compares with what is promised.
func (m *meter) check() {
	t := m.agent.t
	t.Helper()
	m.stop()
	m.running.Wait()
	peak := m.agent.memory("VmHWM")
	if m.fused {
		t.Fatalf("killed at more than %d MB", fuse>>20)
	}
	took := m.agent.stop()
	slices.Sort(m.status)
	slices.Sort(m.noise)
	at := func(of []time.Duration, share float64) time.Duration { return of[int(share*float64(len(of)-1))] }
	t.Logf("peak %d MB; %d calls: median %v, p99 %v, longest %v; the bus alone: p99 %v, longest %v; ended after %v",
		peak>>20, len(m.status), at(m.status, 0.5), at(m.status, 0.99), at(m.status, 1), at(m.noise, 0.99), at(m.noise, 1), took)
	for what, broken := range map[string]bool{
		fmt.Sprintf("a peak of %d MB", peak>>20):         peak > maxMemory,
		fmt.Sprintf("a failed call: %v", m.failed):       m.failed != nil,
		fmt.Sprintf("a median of %v", at(m.status, 0.5)): at(m.status, 0.5) > maxLatency,
		// The slowest calls wait for the bus and for other processes: they are logged, not judged.
		fmt.Sprintf("p95 of %v", at(m.status, 0.95)): at(m.status, 0.95) > maxLatency+4*at(m.noise, 0.99),
		fmt.Sprintf("end after %v", took):            took > maxEnding,
	} {
		if broken {
			t.Error(what)
		}
	}
}
