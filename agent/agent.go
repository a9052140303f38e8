package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/wifi"
)

// Agent takes every watched interface through its associations. All its state
// belongs to one loop, which [Agent.Run] is; whatever happens is posted to it.
type Agent struct {
	config Config
	logger *slog.Logger
	memory *Store

	inbox   chan func(context.Context)
	stopped chan struct{}
	tasks   sync.WaitGroup

	// What follows belongs to the loop.
	started        time.Time
	settings       Settings
	links          map[string]Link
	associations   map[string]*association
	joinedNetworks map[string]wifi.Network // of interfaces that are associated, from events
	air            map[string][]heard      // by interface

	status   atomic.Pointer[Status]
	networks atomic.Pointer[[]heard]
	live     atomic.Pointer[Settings]

	mu        sync.Mutex
	listeners map[int]func(Transition)
	listening int
}

// heard is a network on the air with what helpers say of it.
type heard struct {
	wifi.Network
	made []claims.Claim
}

// New makes an agent that does nothing until it runs.
func New(config Config) (*Agent, error) {
	if config.Dial == nil || config.Links == nil {
		return nil, errors.New("make agent: it needs links and a way to dial")
	}
	if config.Store == nil {
		config.Store, _ = OpenStore("", config.Logger)
	}
	a := &Agent{
		config:         config,
		logger:         orDiscard(config.Logger),
		memory:         config.Store,
		started:        time.Now(),
		inbox:          make(chan func(context.Context)),
		stopped:        make(chan struct{}),
		settings:       config.Settings.withDefaults(),
		links:          map[string]Link{},
		associations:   map[string]*association{},
		joinedNetworks: map[string]wifi.Network{},
		air:            map[string][]heard{},
		listeners:      map[int]func(Transition){},
	}
	a.publish()
	return a, nil
}

// Run watches and acts until the context ends, and leaves nothing running. A
// missing radio is no error; a link watcher that breaks is.
func (a *Agent) Run(ctx context.Context) error {
	defer close(a.stopped)
	ctx, cancel := context.WithCancelCause(ctx)
	var watchers sync.WaitGroup
	watchers.Go(func() {
		err := a.config.Links.Run(ctx, func(links []Link) { a.post(ctx, func(ctx context.Context) { a.onLinks(ctx, links) }) })
		if err != nil {
			cancel(fmt.Errorf("watch links: %w", err))
		}
	})
	if a.config.Radio != nil {
		watchers.Go(func() { a.watchRadio(ctx) })
	}
	a.loop(ctx)
	cancel(nil)
	for _, as := range a.associations {
		as.halt()
	}
	watchers.Wait()
	a.tasks.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return nil
}

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

// post has the loop do something, unless the loop or the caller's patience ends
// before. What is done gets the loop's own context: it outlives the caller.
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

func (a *Agent) watchRadio(ctx context.Context) {
	err := a.config.Radio.Run(ctx, func(e wifi.Event) { a.post(ctx, func(ctx context.Context) { a.onRadio(ctx, e) }) })
	switch {
	case errors.Is(err, fs.ErrNotExist):
		a.logger.Info("no radio: links are watched, scans are not", "cause", err)
	case err != nil:
		a.logger.Error("radio watcher broke: scans are not seen any more", "error", err)
	}
}
