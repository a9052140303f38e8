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

// loop runs what is posted to it, one after the other, until the context ends.
func (a *Agent) loop(ctx context.Context) {
	a.started = time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case act := <-a.inbox:
			act(ctx)
			a.publish()
		}
	}
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

// call runs a function on the loop, and returns when [Agent.Status] shows what it did.
func (a *Agent) call(ctx context.Context, act func(loop context.Context)) error {
	done := make(chan struct{})
	posted := a.post(ctx, func(loop context.Context) {
		act(loop)
		a.publish()
		close(done)
	})
	switch {
	case posted:
		<-done
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("ask the agent: %w", context.Cause(ctx))
	default:
		return fmt.Errorf("ask the agent: %w", ErrStopped)
	}
}

// start runs work in its own goroutine, instead of what the association has under way.
// The work returns a function that the loop runs, unless the work was cancelled by then.
// The same holds for what the work passes to note before it ends.
func (a *Agent) start(loop context.Context, as *association, work func(ctx context.Context, note func(func())) (finish func(loop context.Context))) {
	ctx, number := as.task.begin(loop)
	unlessCancelled := func(act func(context.Context)) {
		a.post(loop, func(loop context.Context) {
			if as.task.number == number {
				act(loop)
			}
		})
	}
	a.tasks.Go(func() {
		finish := work(ctx, func(note func()) { unlessCancelled(func(context.Context) { note() }) })
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
