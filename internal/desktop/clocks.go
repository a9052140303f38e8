package desktop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// leastJump is by how much clocks have to differ to count: a time server corrects them by less.
const leastJump = time.Second

// reading is what the kernel's clocks show at one time (clock_gettime(2)).
type reading struct {
	real time.Duration // wall clock
	boot time.Duration // goes on while the computer is suspended
	mono time.Duration // does not
}

func readClocks() (r reading, err error) {
	for clock, at := range map[int32]*time.Duration{unix.CLOCK_REALTIME: &r.real, unix.CLOCK_BOOTTIME: &r.boot, unix.CLOCK_MONOTONIC: &r.mono} {
		var now unix.Timespec
		err = errors.Join(err, unix.ClockGettime(clock, &now))
		*at = time.Duration(now.Nano())
	}
	return r, err
}

// since is what happened to the clocks after an earlier reading.
func (r reading) since(before reading) jump {
	return jump{
		slept: (r.boot - r.mono) - (before.boot - before.mono),
		set:   (r.real - r.boot) - (before.real - before.boot),
	}
}

// watchClocks reports jumps of at least some time until the context ends. The kernel says when there
// is one: a timer that never expires is cancelled when the wall clock is set, and on resume
// (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET). So nothing runs meanwhile.
func watchClocks(ctx context.Context, least time.Duration, report func(jump)) error {
	fd, err := unix.TimerfdCreate(unix.CLOCK_REALTIME, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("watch clocks: %w", err)
	}
	timer := os.NewFile(uintptr(fd), "timerfd")
	defer timer.Close()
	defer context.AfterFunc(ctx, func() { _ = timer.SetReadDeadline(time.Unix(1, 0)) })() // ends a read that waits
	before, err := readClocks()
	if err != nil {
		return fmt.Errorf("watch clocks: %w", err)
	}
	const never = 1 << 40 // seconds since 1970
	for {
		err := unix.TimerfdSettime(fd, unix.TFD_TIMER_ABSTIME|unix.TFD_TIMER_CANCEL_ON_SET, &unix.ItimerSpec{Value: unix.Timespec{Sec: never}}, nil)
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("watch clocks: %w", err)
		}
		_, err = timer.Read(make([]byte, 8))
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !errors.Is(err, unix.ECANCELED):
			return fmt.Errorf("watch clocks: %w", err)
		}
		now, err := readClocks()
		if err != nil {
			return fmt.Errorf("watch clocks: %w", err)
		}
		if j := now.since(before); j.slept >= least || j.set.Abs() >= least {
			report(j)
		}
		before = now
	}
}
