package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hotspot-helper/probe"
)

// ErrStopped says that the agent does not run any more.
var ErrStopped = errors.New("the agent has stopped")

// loop runs what is posted to it, one after the other, until the context ends, or until end is
// closed, the sessions are logged off that are to end with the agent, and the others are remembered.
func (a *Agent) loop(ctx context.Context, end <-chan struct{}) {
	a.started = time.Now()
	var late <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-late:
			a.logger.Warn("what is left to do at the end takes too long: it is given up", "after", exitTime)
			return
		case <-end:
			end, late = nil, time.After(exitTime)
			a.logoffAtExit(ctx)
		case act := <-a.inbox:
			act(ctx)
			a.publish()
		}
		if end == nil && !a.isLoggingOff() && a.keeping == 0 {
			return
		}
	}
}

// exitTime bounds what is left to do at the end of the agent.
const exitTime = 5 * time.Second

// logoffAtExit begins the logoffs from all networks whose sessions are to end with the agent.
func (a *Agent) logoffAtExit(ctx context.Context) {
	for _, as := range a.associations {
		if a.settings.Policy(as.identity).LogoffOnExit {
			a.handle(ctx, as, event{kind: eventLogoff, exit: true, cause: Cause{CauseLogoff, "the agent ends"}})
		}
	}
}

func (a *Agent) isLoggingOff() bool {
	for _, as := range a.associations {
		if as.state.phase == LoggingOff {
			return true
		}
	}
	return false
}

// post gives a function to the loop. It returns false if the loop or the caller's
// context ends before the loop takes it. The function gets the loop's own context, so
// that what it starts outlives the caller.
func (a *Agent) post(ctx context.Context, act func(loop context.Context)) bool {
	select {
	case a.inbox <- act:
		return true
	case <-ctx.Done():
		return false
	case <-a.stopped:
		return false
	}
}

// call runs a function on the loop, and returns when [Agent.Status] shows what it did. If the
// context ends before, the function may still run.
func (a *Agent) call(ctx context.Context, act func(loop context.Context)) error {
	done := make(chan struct{})
	posted := a.post(ctx, func(loop context.Context) {
		act(loop)
		a.publish()
		close(done)
	})
	switch {
	case !posted && ctx.Err() == nil:
		return fmt.Errorf("ask the agent: %w", ErrStopped)
	case posted:
		select {
		case <-done:
			return nil
		case <-ctx.Done():
		}
	}
	return fmt.Errorf("ask the agent: %w", context.Cause(ctx))
}

// start runs work in its own goroutine, instead of what the association has under way.
// The work returns a function that the loop runs, unless the work was cancelled by then.
// The same holds for what the work passes to note before it ends.
func (a *Agent) start(loop context.Context, as *association, work func(ctx context.Context, note func(func())) (finish func(loop context.Context))) {
	ctx, number := as.task.begin(loop)
	path, open := as.path, as.open
	unlessCancelled := func(act func(context.Context)) {
		a.post(loop, func(loop context.Context) {
			if as.task.number == number {
				act(loop)
			}
		})
	}
	a.tasks.Go(func() {
		finish := work(ctx, func(note func()) { unlessCancelled(func(context.Context) { note() }) })
		a.post(loop, func(context.Context) {
			if path != nil && open != as.open { // the link has another path by now
				path.CloseIdleConnections()
			}
		})
		unlessCancelled(func(loop context.Context) {
			as.task.cancel()
			finish(loop)
		})
	})
}

// task is the probe or flow that an association has under way.
type task struct {
	number int                // an older one is cancelled
	stop   context.CancelFunc // nil: none is under way
	step   string             // of a flow
	early  *probe.Evidence    // of a probe: its verdict, if that differs from the last probe's; nil: none yet
}

// begin cancels the task under way and returns the context and the number of a new one.
func (t *task) begin(loop context.Context) (ctx context.Context, number int) {
	t.cancel()
	ctx, t.stop = context.WithCancel(loop)
	return ctx, t.number
}

func (t *task) cancel() {
	if t.stop != nil {
		t.stop()
	}
	*t = task{number: t.number + 1}
}
