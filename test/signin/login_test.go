package signin_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/record"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// remembered is a login that was recorded.
type remembered struct {
	pack   *pack.Pack
	inputs map[string]portal.Value
	unsure []string
	text   string // of the flow
}

// remember drafts a pack of a capture, and fails if the pack has what was typed.
func remember(t *testing.T, c *record.Capture) (*remembered, error) {
	dir := filepath.Join(t.TempDir(), "remembered")
	made, err := c.DraftPrivate(t.Context(), dir, "Guest")
	if err != nil {
		return nil, err
	}
	p, err := pack.Load(os.DirFS(filepath.Dir(dir)), filepath.Base(dir), "drafts")
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(dir, "authenticate.toml"))
	if err != nil {
		return nil, err
	}
	for _, typed := range []string{who.User, who.Password, who.Voucher} {
		if strings.Contains(string(text), typed) {
			t.Errorf("the pack has what was typed:\n%s", text)
		}
	}
	r := &remembered{pack: p, inputs: map[string]portal.Value{}, unsure: made.Unsure, text: string(text)}
	for _, q := range made.Questions {
		r.inputs[q.Input] = portal.Plain(q.Value.Reveal())
		if q.Secret {
			r.inputs[q.Input] = q.Value
		}
	}
	return r, nil
}

// place is a network with a portal.
type place interface {
	Transport() http.RoundTripper
	Gateway() netip.Addr
	Captive() bool
}

// look returns what the probe sees.
func look(ctx context.Context, s place) probe.Evidence {
	prober := probe.Prober{
		Endpoints: []probe.Endpoint{{Name: "check", Operator: "check", URL: check, Status: http.StatusNoContent}},
		Transport: func(probe.Family) http.RoundTripper { return s.Transport() },
	}
	return prober.Probe(ctx, probe.Link{
		Interface: "wlan0", Index: 3, Carrier: true, Gateways: []netip.Addr{s.Gateway()},
		Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.50/24")},
	})
}

// claim returns how sure the pack is that it knows a portal.
func (r *remembered) claim(ctx context.Context, evidence probe.Evidence) claims.Confidence {
	return r.pack.Claim(ctx, claims.NewFacts(wifi.Network{SSID: "Guest"}, &evidence)).Confidence
}

var errStillCaptive = errors.New("the portal did not let in what the flow submitted")

// logIn logs in with what is remembered. An error says why it is not online.
func (r *remembered) logIn(t *testing.T, s place, sent *sentTo) error {
	evidence := look(t.Context(), s)
	if evidence.Verdict != probe.VerdictPortal {
		return fmt.Errorf("the verdict is %v", evidence.Verdict)
	}
	if confidence := r.claim(t.Context(), evidence); confidence < claims.Medium {
		return fmt.Errorf("it claims %v", confidence)
	}
	given := consent.Given{Cleartext: true, SharedHosts: true, Terms: consent.Always}
	result, err := r.pack.Authenticate(t.Context(), plugins.Job{
		Network: wifi.Network{SSID: "Guest"}, Evidence: evidence, Consent: func() consent.Given { return given },
		Open: func(hosts, shared []string) (*portal.Session, error) {
			config := plugins.SessionConfig(evidence)
			config.Transport, config.Hosts, config.Shared = sent.watch(s.Transport()), hosts, shared
			config.Permission = func() portal.Permission { return plugins.Permission(given) }
			return portal.New(config)
		},
		Inputs: func(name string) (portal.Value, bool, error) {
			value, ok := r.inputs[name]
			return value, ok, nil
		},
	})
	switch {
	case err != nil:
		return err
	case result.Outcome != flow.Submitted:
		return fmt.Errorf("%v at %s: %s", result.Outcome, result.Step, result.Reason)
	case s.Captive():
		return errStillCaptive
	}
	return nil
}

// sentTo lists the hosts that got what was typed.
type sentTo struct{ hosts []string }

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip calls the function.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// watch notes the hosts of requests that have a typed text.
func (s *sentTo) watch(transport http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		text := r.URL.String() + fmt.Sprint(r.Header)
		if r.GetBody != nil {
			if body, err := r.GetBody(); err == nil {
				data, _ := io.ReadAll(body) // it is in memory
				text += string(data)
			}
		}
		if hasTyped(text) {
			s.hosts = append(s.hosts, r.URL.Host)
		}
		return transport.RoundTrip(r)
	})
}

// hasTyped reports whether a text has what the person typed, plain or as in a form.
func hasTyped(text string) bool {
	return slices.ContainsFunc([]string{who.User, who.Password, who.Voucher}, func(typed string) bool {
		return strings.Contains(text, typed) || strings.Contains(text, url.QueryEscape(typed)) || strings.Contains(text, url.PathEscape(typed))
	})
}

// wholeKinds are the kinds that a browser can log in to here.
func wholeKinds() []portaltest.Kind {
	var list []portaltest.Kind
	for _, kind := range portaltest.Kinds() {
		if kind.Whole() {
			list = append(list, kind)
		}
	}
	return list
}
