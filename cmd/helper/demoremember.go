package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"

	"hotspot-helper/agent"
	"hotspot-helper/configs"
	"hotspot-helper/consent"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/internal/file"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/packs"
	"hotspot-helper/plugins/record"
	"hotspot-helper/plugins/remember"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// demoUnknown is the simulated network whose portal no helper knows.
const demoUnknown = wifi.SSID("Corner Cafe")

// remember plays a network where a person signs in once, and the login is repeated. What is remembered is in a directory
// that is removed afterwards.
func (s *stage) remember(ctx context.Context) (err error) {
	home, err := os.MkdirTemp("", "hotspot-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home)) }()
	logins := remember.Store{Dir: home}
	settings, err := rememberedSettings(logins, nil)
	if err != nil {
		return err
	}
	cafe, err := s.newStage(portaltest.KindCafeLumen, s.hotspot.Seed())
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	ended, err := cafe.start(ctx, settings)
	if err != nil {
		stop()
		return err
	}
	err = cafe.signInOnce(ctx, logins)
	stop()
	return errors.Join(err, <-ended)
}

// rememberedSettings are the settings of an agent with the packs that come with the program, and remembered logins. What was
// agreed to and typed is that of an offer; nil: nothing.
func rememberedSettings(logins remember.Store, given *remember.Offer) (agent.Settings, error) {
	library, err := pack.NewLibrary([]pack.Place{
		{Origin: daemon.BuiltinOrigin, FS: packs.FS()},
		{Origin: logins.Dir, FS: file.Dir{Path: logins.Dir}, Bind: logins.Bind},
	})
	if err != nil {
		return agent.Settings{}, err
	}
	settings := agent.Settings{Registry: daemon.NewRegistry(configs.Config{}, library, nil), Keepalive: demoKeepalive}
	if given == nil {
		return settings, nil
	}
	settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
		value, ok := given.Values[input]
		return value, ok, nil
	}
	settings.Consent = func(plugins.Helper, wifi.Identity) (consent.Given, error) {
		agreed := consent.Given{Terms: consent.Always}
		for _, text := range given.Terms {
			agreed.Texts = append(agreed.Texts, consent.Digest(text))
		}
		return agreed, nil
	}
	return settings, nil
}

// signInOnce joins the cafe's network, where no helper logs in, lets a person do it, and remembers the login. Then the
// portal forgets it, and asks with other values than before.
func (s *stage) signInOnce(ctx context.Context, logins remember.Store) error {
	s.joinNetwork(demoUnknown)
	if err := s.expect(ctx, agent.Evaluating, agent.PresentingUI); err != nil {
		return err
	}
	capture, err := s.person(ctx)
	if err != nil {
		return fmt.Errorf("sign in by hand: %w", err)
	}
	if err := s.agent.Suspect(ctx, demoInterface, agent.Cause{Kind: agent.CauseWindow, Text: "the portal is used in a window"}); err != nil {
		return err
	}
	if err := s.expect(ctx, agent.Authenticated); err != nil {
		return err
	}
	network := s.agent.Status().Associations[0].Identity
	offer, err := logins.Draft(ctx, capture, remember.Visit{Network: network, Online: true})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "  %s yes\n", printable(offer.Text("keyring")))
	if err := logins.Keep(offer); err != nil {
		return err
	}
	settings, err := rememberedSettings(logins, offer)
	if err != nil {
		return err
	}
	if err := s.agent.ReloadHelpers(ctx, settings); err != nil {
		return err
	}
	s.hotspot.Expire()
	if err := s.expect(ctx, agent.Authenticating, agent.Verifying, agent.Authenticated); err != nil {
		return err
	}
	if helper := s.agent.Status().Associations[0].Helper; helper != offer.Name {
		return fmt.Errorf("%s logged in, not what is remembered", helper)
	}
	return nil
}

// person logs in as somebody does in a window: opens a page of the Internet, fills in the form that comes in its place, and
// sends it.
func (s *stage) person(ctx context.Context) (*record.Capture, error) {
	const news = "news.test"
	window, login := &recordedWindow{wire: s.wire}, s.hotspot.Login()
	session, err := portal.New(portal.Config{Transport: window, Hosts: []string{news, "login.cafe.test"}})
	if err != nil {
		return nil, err
	}
	page, err := session.Open(ctx, "http://"+news+"/")
	if err != nil {
		return nil, err
	}
	forms := page.Forms()
	if len(forms) == 0 {
		return nil, fmt.Errorf("no form at %s", page)
	}
	typed := map[string]string{login.User: demoUser, login.PIN: demoPIN, login.Terms: "yes"}
	var fields []portal.Field
	for name, text := range typed {
		fields = append(fields, portal.Field{Name: name, Value: portal.Plain(text)})
	}
	if _, err := session.Submit(ctx, forms[0], portal.Submission{Fields: fields}); err != nil {
		return nil, err
	}
	return record.New(window.entries, &record.Typed{Controls: []record.Control{
		{Name: login.User, Type: "text", Values: []portal.Value{portal.Plain(demoUser)}},
		{Name: login.PIN, Type: "password", Values: []portal.Value{portal.Secret(demoPIN)}},
		{Name: login.Terms, Type: "checkbox", Values: []portal.Value{portal.Plain("yes")}},
	}})
}

// recordedWindow records what goes over a wire, as the recorder of a sign-in window does.
type recordedWindow struct {
	wire http.RoundTripper

	mu      sync.Mutex
	entries []*record.Entry
}

// RoundTrip makes a request and records it.
func (w *recordedWindow) RoundTrip(r *http.Request) (*http.Response, error) {
	entry := &record.Entry{Type: "document", Method: r.Method, URL: r.URL.String(), RequestHeader: r.Header.Clone()}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		entry.Posted = &record.Posted{MimeType: r.Header.Get("Content-Type"), Text: string(body)}
	}
	response, err := w.wire.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	entry.Status, entry.Header, entry.MimeType = response.StatusCode, response.Header.Clone(), response.Header.Get("Content-Type")
	entry.Body, entry.Size = string(body), int64(len(body))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.entries = append(w.entries, entry)
	return response, nil
}
