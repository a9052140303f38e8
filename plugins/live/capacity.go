package live

import (
	"context"
	"sync"
	"time"
)

// MaxPrograms is how many programs run at most with one [Capacity], so that they leave the agent enough tasks.
const MaxPrograms = maxClaiming + maxFlows

const (
	// maxStarting is how many programs are asked what they are or which networks they claim, at the same time. One that
	// takes longer than startTime makes room for another, so that those that hang do not hold up the others.
	maxStarting = 2
	startTime   = 150 * time.Millisecond
	// maxClaiming is how many of them there are then at most.
	maxClaiming = 12
	// maxFlows is how many programs log in, keep a session or log off: claims do not hold these up.
	maxFlows = 2
)

// Capacity limits how many programs run at once.
type Capacity struct{ claims, flows slots }

// NewCapacity returns one of which nothing is used.
func NewCapacity() *Capacity {
	return &Capacity{
		claims: slots{make(chan struct{}, maxClaiming), make(chan struct{}, maxStarting)},
		flows:  slots{make(chan struct{}, maxFlows), make(chan struct{}, maxFlows)},
	}
}

// slots have an element for each program that runs, and one for each that starts.
type slots struct{ running, starting chan struct{} }

// take waits until another program may start. The caller has to call give when it has ended.
func (s slots) take(ctx context.Context) (give func(), err error) {
	for i, slot := range []chan struct{}{s.running, s.starting} {
		select {
		case slot <- struct{}{}:
		case <-ctx.Done():
			if i > 0 {
				<-s.running
			}
			return nil, context.Cause(ctx)
		}
	}
	started := sync.OnceFunc(func() { <-s.starting })
	slow := time.AfterFunc(startTime, started)
	return func() {
		slow.Stop()
		started()
		<-s.running
	}, nil
}
