package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"hotspot-helper/configs"
	"hotspot-helper/internal/desktop"
	"hotspot-helper/internal/notify"
	"hotspot-helper/internal/systembus"
	"hotspot-helper/plugins/remember"
	"hotspot-helper/probe"
)

const (
	// askTime is how long a question stands on the desktop. What a person typed is forgotten then.
	askTime = 10 * time.Minute
	// tellTime is how long a person is told that a login could not be remembered.
	tellTime = time.Minute
	// serviceTime bounds the start of a notification service.
	serviceTime = 15 * time.Second
)

// The actions on the question whether to remember a login. A click on the notification itself is no answer.
const (
	actionYes = "yes"
	actionNo  = "no"
)

// notifying asks by a notification whether to remember the login of a sign-in window. This process has what was
// typed, so it does that itself.
type notifying struct {
	signIn *signIn
	said   answer
}

// whyNotAsked says why a person cannot be asked by a notification; empty: that is possible.
func (a *app) whyNotAsked(ctx context.Context, config configs.Config) string {
	if config.Notify == configs.NotifyNone {
		return "notifications are turned off"
	}
	ctx, stop := context.WithTimeout(ctx, serviceTime)
	defer stop()
	var hasActions bool
	err := a.onSessionBus(ctx, func(bus *systembus.Bus) (err error) {
		hasActions, err = notify.HasActions(ctx, bus)
		return err
	})
	switch {
	case err != nil:
		return err.Error()
	case !hasActions:
		return "the notifications of this desktop have no actions"
	}
	return ""
}

// onSessionBus calls a function with a connection to the session bus.
func (a *app) onSessionBus(ctx context.Context, do func(bus *systembus.Bus) error) error {
	bus := &systembus.Bus{Address: a.daemonEnv().Bus().Address, Name: "session bus"}
	connected, disconnect := context.WithCancel(context.WithoutCancel(ctx))
	var connection sync.WaitGroup
	connection.Go(func() { _ = bus.Run(connected) }) // it returns nil
	defer func() { disconnect(); connection.Wait() }()
	return do(bus)
}

// ask shows the question until a person answers it or closes it, the network is left or has its portal back, or askTime
// is over.
func (n *notifying) ask(ctx context.Context, offer *remember.Offer, does []string) (answer, error) {
	question := notify.Notification{
		Summary: fmt.Sprintf("Log in to %s by itself next time?", cmp.Or(offer.Network.SSID.String(), "this network")),
		Body:    does, Stays: true,
		Actions: []notify.Action{{Key: actionYes, Label: "Yes"}, {Key: actionNo, Label: "No"}},
	}
	ctx, stop := context.WithTimeout(ctx, askTime)
	defer stop()
	action, err := n.show(ctx, question, n.signIn.stays(offer))
	switch action {
	case actionYes:
		n.said = answerYes
	case actionNo:
		n.said = answerNo
	default:
		n.said = answerNone
	}
	return n.said, err
}

// tell tells for a while that a login could not be remembered.
func (n *notifying) tell(ctx context.Context, why error) {
	ctx, stop := context.WithTimeout(ctx, tellTime)
	defer stop()
	failed := notify.Notification{Summary: "The login is not remembered", Body: []string{why.Error()}}
	_, _ = n.show(ctx, failed, func(context.Context) bool { return true }) // the caller prints why
}

// show shows a notification until a person chooses an action, which it returns, or closes it, it does not stay, or the
// context ends: then the action is empty. The error says that there is no bus.
func (n *notifying) show(ctx context.Context, what notify.Notification, stays func(context.Context) bool) (action string, err error) {
	err = n.signIn.app.onSessionBus(ctx, func(bus *systembus.Bus) error {
		choices := make(chan notify.Choice, 1)
		client := desktop.NewNotifier(bus, func(c notify.Choice) {
			select {
			case choices <- c:
			default:
			}
		}, slog.New(slog.DiscardHandler))
		client.Show(map[string]notify.Notification{"login": what})
		showing, stop := context.WithCancel(ctx)
		var shown sync.WaitGroup
		shown.Go(func() { _ = client.Run(showing) }) // it returns nil
		defer func() { stop(); shown.Wait() }()
		looks := time.NewTicker(linkTime)
		defer looks.Stop()
		for {
			select {
			case c := <-choices:
				action = c.Action
				return nil
			case <-ctx.Done():
				return nil
			case <-looks.C:
				if !stays(ctx) {
					return nil
				}
			}
		}
	})
	return action, err
}

// stays returns a function that reports whether a question about a login still makes sense: the computer is online on
// its network, or was a moment ago.
func (s *signIn) stays(offer *remember.Offer) func(context.Context) bool {
	last := time.Now()
	return func(ctx context.Context) bool {
		now, err := s.watch.look(ctx)
		switch {
		case err == nil && now.verdict == probe.VerdictPortal, err == nil && now.network.Complete() && !now.network.Same(offer.Network):
			return false
		case err == nil && now.verdict == probe.VerdictFull:
			last = time.Now()
		}
		return time.Since(last) < lossTime
	}
}
