package link

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"time"
)

// reader reads the state of links. The zero value reads those of this machine.
type reader struct {
	logger *slog.Logger               // nil discards
	root   string                     // directory that has sys, run and etc; "" is /
	dial   func(uint32) (conn, error) // nil: the kernel's route netlink
	bus    func() caller              // nil: the system bus

	address   string        // of the system bus; empty: the usual one
	adverts   adverts       // received while a Watcher runs
	conflicts conflicts     // warned of
	spent     time.Duration // with reading the kernel's lists
}

// Read returns the state of one interface, with what the managers on the system bus at an address (empty: the
// usual one) know of it. An error that is [fs.ErrNotExist] means that no
// interface has this name.
func Read(ctx context.Context, bus, name string) (State, error) {
	return (&reader{address: bus}).read(ctx, name)
}

// List is [Read] for every interface.
func List(ctx context.Context, bus string) ([]State, error) {
	return (&reader{address: bus}).all(ctx)
}

func (r *reader) read(ctx context.Context, name string) (State, error) {
	all, err := r.kernel()
	if err != nil {
		return State{}, fmt.Errorf("read interface %s: %w", name, err)
	}
	i := slices.IndexFunc(all, func(s State) bool { return s.Interface == name })
	if i < 0 {
		return State{}, fmt.Errorf("read interface %s: no such interface: %w", name, fs.ErrNotExist)
	}
	r.complete(ctx, all[i:i+1])
	return all[i], nil
}

func (r *reader) all(ctx context.Context) ([]State, error) {
	all, err := r.kernel()
	if err != nil {
		return nil, fmt.Errorf("read interfaces: %w", err)
	}
	r.complete(ctx, all)
	return all, nil
}

// kernel reads the part of the states that the kernel has.
func (r *reader) kernel() ([]State, error) {
	defer func(begin time.Time) { r.spent += time.Since(begin) }(time.Now())
	c, err := r.open(0)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	t, err := readTable(c, func(err error) { r.log().Debug("skip undecodable netlink message", "error", err) })
	if err != nil {
		return nil, err
	}
	all := states(t)
	routing := fingerprint(t)
	for i := range all {
		all[i].Routing, all[i].AnswersVia = routing, r.answersVia(c, all[i], all)
	}
	return all, nil
}

func (r *reader) open(groups uint32) (conn, error) {
	dial := r.dial
	if dial == nil {
		dial = dialRoute
	}
	c, err := dial(groups)
	if err != nil {
		return nil, fmt.Errorf("open route netlink: %w", err)
	}
	return c, nil
}

// complete adds what the kernel does not have. It asks other programs only about links that
// can be used, so that an idle machine sends no messages.
func (r *reader) complete(ctx context.Context, all []State) {
	call := r.systemBus()
	defer call.close()
	for i := range all {
		s := &all[i]
		s.Kind = r.kind(s.Interface, s.Kind)
		if s.Carrier && s.Kind != KindLoopback && len(s.Addresses) > 0 {
			nm := findManager(ctx, call, s.Interface)
			s.DNS = r.servers(ctx, call, nm, *s)
			s.SearchDomains = r.domains(ctx, call, nm, *s)
			s.API, s.APISource = r.api(ctx, nm, *s)
			s.Metered = nm.metered(ctx, s.Kind)
		}
	}
}

func (r *reader) path(parts ...string) string {
	return filepath.Join("/", r.root, filepath.Join(parts...))
}

func (r *reader) log() *slog.Logger {
	return cmp.Or(r.logger, slog.New(slog.DiscardHandler))
}
