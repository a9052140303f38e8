package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"hotspot-helper/configs"
	"hotspot-helper/internal/browser"
	"hotspot-helper/internal/devtools"
	"hotspot-helper/plugins/remember"
)

// recording is what is recorded of a window, in memory alone.
type recording struct {
	recorder *devtools.Recorder
	running  sync.WaitGroup
	err      error // of the pipe
}

// asker decides how the user is asked whether to remember the login: nil, not at all. At a terminal that is there, else,
// for a window that the agent opened, by a notification. Only browsers of the family of Chromium can be recorded, and
// who said no on this network is not asked again.
func (s *signIn) asker(ctx context.Context, config configs.Config, b browser.Browser, o openOptions) *rememberOptions {
	a := s.app
	if o.noRemember || a.system || a.readPassword == nil && !o.onlyOwn {
		return nil
	}
	why := ""
	declined, err := a.daemonEnv().Remembered().IsDeclined(s.seen.network)
	switch {
	case b.Family != browser.Chromium:
		why = "only chromium and its relatives can be recorded"
	case !s.seen.network.Complete():
		why = "it is not known what this network is recognised by"
	case err != nil:
		why = err.Error()
	case declined:
		why = "you said no on this network"
	case a.readPassword != nil:
		return &rememberOptions{}
	default:
		why = a.whyNotAsked(ctx, config)
	}
	if a.readPassword == nil && why != "" {
		s.say("nothing is recorded: %s", why)
	}
	if why != "" {
		return nil
	}
	s.notifying = &notifying{signIn: s}
	return &rememberOptions{ask: s.notifying.ask}
}

// record records a window, which it leads to the portal.
func (s *signIn) record(ctx context.Context, w *browser.Window) *recording {
	if w.Pipe == nil {
		return nil
	}
	r := &recording{recorder: devtools.New(w.Pipe, s.seen.url, s.act)}
	r.running.Go(func() { r.err = r.recorder.Run(ctx) })
	return r
}

// offer asks whether to remember the login. The window is closed by then. That it cannot be remembered is
// no mistake of a command whose work is done.
func (s *signIn) offer(ctx context.Context, r *recording) {
	if r == nil {
		return
	}
	r.running.Wait()
	capture, err := r.recorder.Capture()
	if err = errors.Join(r.err, err); err == nil {
		err = s.app.offerToRemember(ctx, capture, remember.Visit{Network: s.seen.network, Online: true}, *s.remember)
	}
	s.notRemembered(ctx, err)
}

// notRemembered says why a login is not remembered, also on the desktop if the user said yes there.
func (s *signIn) notRemembered(ctx context.Context, err error) {
	if ctx.Err() != nil || err == nil {
		return
	}
	fmt.Fprintln(s.app.stdout, printable(err.Error()))
	if s.notifying != nil && s.notifying.said == answerYes {
		s.notifying.tell(ctx, err)
	}
}
