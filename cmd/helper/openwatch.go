package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/configs"
	"hotspot-helper/internal/bus"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/internal/wait"
	"hotspot-helper/probe"
)

// newWatch finds the link: of the agent on the bus, which probes it, or without an agent the named one or the only one with a
// default route. What the agent leaves alone, because it is metered or was logged off from, is probed by this process.
func (a *app) newWatch(ctx context.Context, config configs.Config, o openOptions) (watch, agent.Link, error) {
	client, err := a.dialAgent(ctx, a.daemonEnv().Bus())
	switch {
	case errors.Is(err, bus.ErrNoBus), errors.Is(err, bus.ErrNoAgent):
		link, err := a.chooseLink(ctx, o.iface)
		if err != nil {
			return nil, agent.Link{}, err
		}
		return a.watchAlone(ctx, config, link, o.verbose)
	case err != nil:
		return nil, agent.Link{}, err
	}
	w, link, err := a.watchAssociation(ctx, config, client, o)
	if err != nil {
		return nil, agent.Link{}, errors.Join(err, client.Close())
	}
	return w, link, nil
}

func (a *app) watchAssociation(ctx context.Context, config configs.Config, client *bus.Client, o openOptions) (watch, agent.Link, error) {
	iface, err := chooseAssociation(ctx, client, o.iface)
	if err != nil {
		return nil, agent.Link{}, err
	}
	link, err := a.daemonEnv().ReadLink(ctx, iface)
	if err != nil {
		return nil, agent.Link{}, err
	}
	w := &agentWatch{client: client, iface: iface}
	as, err := w.association(ctx)
	if err != nil {
		return nil, agent.Link{}, err
	}
	if as.Phase == agent.OnRequest || as.Phase == agent.LoggedOff {
		if err := client.Close(); err != nil {
			return nil, agent.Link{}, err
		}
		return a.watchAlone(ctx, config, link, o.verbose)
	}
	return w, link, nil
}

// agentWatch is a link that the agent on the bus probes.
type agentWatch struct {
	client *bus.Client
	iface  string
}

func (w *agentWatch) association(ctx context.Context) (agent.Association, error) {
	status, err := w.client.Status(ctx)
	if err != nil {
		return agent.Association{}, err
	}
	at := slices.IndexFunc(status.Associations, func(as agent.Association) bool { return as.Interface == w.iface })
	if at < 0 {
		return agent.Association{}, fmt.Errorf("follow %s: %w", w.iface, errLeft)
	}
	return status.Associations[at], nil
}

func (w *agentWatch) look(ctx context.Context) (sight, error) {
	as, err := w.association(ctx)
	return sightOf(as), err
}

// suspect tells the agent. A network that is away for a moment is no error.
func (w *agentWatch) suspect(ctx context.Context) error {
	err := w.client.Suspect(ctx, w.iface)
	if errors.Is(err, agent.ErrNoAssociation) {
		return nil
	}
	return err
}

func (w *agentWatch) end() { _ = w.client.Close() }

// ownWatch is a link that this process probes: at once, when it is suspected, and with growing delays after that.
type ownWatch struct {
	prober    probe.Prober
	link      probe.Link
	seen      atomic.Pointer[sight]
	suspicion chan struct{}
	stop      context.CancelFunc
	running   sync.WaitGroup
}

// ownDelays are between probes while nothing is done in the window.
var ownDelays = wait.Backoff{First: 2 * time.Second, Last: time.Minute}

// watchAlone probes a link.
func (a *app) watchAlone(ctx context.Context, config configs.Config, link agent.Link, verbose bool) (watch, agent.Link, error) {
	endpoints, err := a.daemonEnv().Endpoints(ctx, config)
	if err != nil {
		return nil, agent.Link{}, hinted(err, "'helper probe --list' shows the checks")
	}
	logger := a.quietLogger(verbose)
	ctx, stop := context.WithCancel(ctx)
	w := &ownWatch{link: link.Link, suspicion: make(chan struct{}, 1), stop: stop, prober: probe.Prober{
		Endpoints: endpoints,
		Transport: func(f probe.Family) http.RoundTripper { return daemon.NewDialer(logger)(link, f) },
		Logger:    logger,
	}}
	w.seen.Store(&sight{})
	w.running.Go(func() { w.run(ctx) })
	return w, link, nil
}

func (w *ownWatch) run(ctx context.Context) {
	for quiet := 0; ; {
		evidence := w.prober.Probe(ctx, w.link)
		if ctx.Err() != nil {
			return
		}
		w.prober.LeavePage = true // from now on, the window may have it
		w.seen.Store(&sight{verdict: evidence.Verdict, reason: evidence.Reason, url: openURL(evidence), settled: true})
		select {
		case <-ctx.Done():
			return
		case <-w.suspicion:
			quiet = 0
		case <-time.After(ownDelays.After(quiet)):
			quiet++
		}
	}
}

// openURL is where a browser is sent to find the portal: to be intercepted anew, or to the page that the portal's API names.
func openURL(e probe.Evidence) string {
	if url := e.CheckURL(); url != "" {
		return url
	}
	return e.PortalURL
}

func (w *ownWatch) look(context.Context) (sight, error) { return *w.seen.Load(), nil }

func (w *ownWatch) suspect(context.Context) error {
	select {
	case w.suspicion <- struct{}{}:
	default: // one is waiting
	}
	return nil
}

func (w *ownWatch) end() {
	w.stop()
	w.running.Wait()
}

// livePath is the path through a link whose name servers and addresses change.
type livePath struct {
	dial agent.Dialer

	mu   sync.Mutex
	link agent.Link
	path agent.Path
}

func newLivePath(dial agent.Dialer, link agent.Link) *livePath {
	return &livePath{dial: dial, link: link, path: dial(link, probe.FamilyAny)}
}

// update takes the present state of the link. Connections that are open stay.
func (p *livePath) update(link agent.Link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if link.Index == p.link.Index && slices.Equal(link.DNS, p.link.DNS) && slices.Equal(link.Gateways, p.link.Gateways) {
		return
	}
	p.path.CloseIdleConnections()
	p.link, p.path = link, p.dial(link, probe.FamilyAny)
}

func (p *livePath) current() agent.Path {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.path
}

// DialContext connects over the link as it is now.
func (p *livePath) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return p.current().DialContext(ctx, network, address)
}

// RoundTrip sends a request over the link as it is now.
func (p *livePath) RoundTrip(r *http.Request) (*http.Response, error) {
	return p.current().RoundTrip(r)
}

// CloseIdleConnections closes connections that no request uses.
func (p *livePath) CloseIdleConnections() { p.current().CloseIdleConnections() }
