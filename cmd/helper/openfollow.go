package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/internal/wait"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

const (
	// sightTime is how often it is looked at what the last probe said. That sends nothing.
	sightTime = 250 * time.Millisecond
	// linkTime is how often the state of the link is read.
	linkTime = 3 * time.Second
	// aliveTime is how often the agent is told that the window is still there, so that it leaves the portal's page alone.
	aliveTime = 30 * time.Second
	// lossTime is how long a link may be away: some gateways disconnect a station to let it in.
	lossTime = 20 * time.Second
	// settleTime is from what a person does to the probe, and between such probes.
	settleTime = time.Second
	// lastTime is how long the last probe may take, when the window was closed.
	lastTime = 3 * time.Second
	// verdictTime bounds the wait for the first verdict.
	verdictTime = 15 * time.Second
)

// errLeft says that the network was left, or replaced by another one.
var errLeft = errors.New("the network was left")

// follow watches until the link is online, the window has ended or the network is left.
func (s *signIn) follow(ctx context.Context, ended <-chan struct{}) error {
	looks, links, probes := time.NewTicker(sightTime), time.NewTicker(linkTime), time.NewTimer(0)
	defer looks.Stop()
	defer links.Stop()
	defer probes.Stop()
	isSoon, lastLink := true, time.Now()
	for {
		var online bool
		var err error
		select {
		case <-ctx.Done():
			return s.interrupted(ctx)
		case <-ended:
			return s.closed(ctx)
		case <-s.acted:
			if !isSoon {
				isSoon = true
				probes.Reset(settleTime)
			}
		case <-probes.C:
			isSoon = false
			probes.Reset(aliveTime)
			err = s.watch.suspect(ctx)
		case <-links.C:
			err = s.follows(ctx, &lastLink)
		case <-looks.C:
			online, err = s.look(ctx)
		}
		switch {
		case err != nil:
			return err
		case online:
			return s.online(ctx, ended)
		}
	}
}

// look reports whether the last probe said full of the network at which the window was opened. What is recorded
// belongs to that one.
func (s *signIn) look(ctx context.Context) (online bool, err error) {
	now, err := s.watch.look(ctx)
	if err != nil {
		return false, err
	}
	opened := s.seen.network
	if opened.Complete() && now.network.Complete() && now.network != opened {
		return false, fmt.Errorf("follow %s: %w: it has joined another one", s.link.Interface, errLeft)
	}
	s.seen.verdict, s.seen.reason = now.verdict, now.reason
	isKnown := !opened.Complete() || now.network.Same(opened)
	return now.verdict == probe.VerdictFull && isKnown, nil
}

// online is the end of a window that did its work.
func (s *signIn) online(ctx context.Context, ended <-chan struct{}) error {
	s.say("%s reaches the Internet", s.link.Interface)
	var over <-chan time.Time
	if !s.keep {
		over = time.After(closeDelay)
	}
	looks := time.NewTicker(sightTime)
	defer looks.Stop()
	for {
		select {
		case <-ended:
			return nil
		case <-ctx.Done():
			return nil
		case <-over:
			return nil
		case <-looks.C:
			if _, err := s.look(ctx); errors.Is(err, errLeft) {
				return err
			}
		}
	}
}

// closed is the end of a window that a person closed. A portal may have let in just before.
func (s *signIn) closed(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, lastTime)
	defer stop()
	if err := s.watch.suspect(ctx); err != nil {
		return err
	}
	for {
		online, err := s.look(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			return err
		case online:
			s.say("%s reaches the Internet", s.link.Interface)
			return nil
		}
		if wait.For(ctx, sightTime) != nil {
			return errClosed(s.seen.reason)
		}
	}
}

// interrupted is the end by a signal, or by the time.
func (s *signIn) interrupted(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		s.say("an hour is over")
	}
	return errClosed(s.seen.reason)
}

// follows keeps to the link, whose name servers and addresses may change, until it is gone.
func (s *signIn) follows(ctx context.Context, last *time.Time) error {
	now, err := s.app.daemonEnv().ReadLink(ctx, s.link.Interface)
	switch {
	case err != nil || !now.Carrier || len(now.Gateways) == 0:
		if time.Since(*last) > lossTime {
			return fmt.Errorf("follow %s: %w", s.link.Interface, errLeft)
		}
		return nil
	case len(s.link.Gateways) > 0 && !slices.Contains(now.Gateways, s.link.Gateways[0]):
		return fmt.Errorf("follow %s: %w: its gateway is another one now", s.link.Interface, errLeft)
	}
	*last = time.Now()
	s.way.update(now)
	return nil
}

// awaitVerdict waits until a probe has said something.
func awaitVerdict(ctx context.Context, w watch) (sight, error) {
	ctx, stop := context.WithTimeout(ctx, verdictTime)
	defer stop()
	for {
		seen, err := w.look(ctx)
		if err != nil {
			return sight{}, err
		}
		if seen.settled {
			return seen, nil
		}
		if err := wait.For(ctx, sightTime); err != nil {
			if seen.verdict == probe.VerdictUnknown {
				return sight{}, fmt.Errorf("wait for a verdict: %w", err)
			}
			return seen, nil
		}
	}
}

// sight is what the last probe said.
type sight struct {
	verdict probe.Verdict
	reason  string
	url     string        // to open; empty: not known
	network wifi.Identity // as far as an agent knows it
	settled bool          // no probe is under way that may say something else
}

// watch knows what the probe says of a link.
type watch interface {
	// look returns what the last probe said. It sends nothing.
	look(ctx context.Context) (sight, error)
	// suspect has the link probed soon: a person may have passed the portal.
	suspect(ctx context.Context) error
	end()
}

// sightOf is what an agent shows of an association.
func sightOf(as agent.Association) sight {
	busy := as.Phase == agent.Evaluating && as.NextCheck == nil && as.Verdict != probe.VerdictPortal
	return sight{verdict: as.Verdict, reason: as.Reason, url: as.CheckURL, network: as.Identity, settled: as.Verdict != probe.VerdictUnknown && !busy}
}
