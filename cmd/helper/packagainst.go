package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/consent"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/plugins"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

const (
	simulatedInterface = "demo0"
	simulatorTime      = 5 * time.Second // bounds the wait for a simulator
)

// simulated is a hotspot that 'helper demo --portal' simulates in another process.
type simulated struct {
	portaltest.Simulated

	address string
	wire    *http.Transport
}

// findSimulated makes the hotspot at a loopback address forget its client, and reads its
// description.
func findSimulated(ctx context.Context, address string) (*simulated, error) {
	if err := checkLoopback(address); err != nil {
		return nil, &failure{code: exitUsage, err: err}
	}
	s := &simulated{address: address, wire: &http.Transport{
		DisableKeepAlives: true, // as on a network that was just joined
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	}}
	ctx, stop := context.WithTimeout(ctx, simulatorTime)
	defer stop()
	err := s.ask(ctx, http.MethodPost)
	if err == nil {
		err = s.ask(ctx, http.MethodGet)
	}
	if err != nil {
		return nil, hinted(fmt.Errorf("find simulated hotspot: %w", err), "'helper demo --portal KIND --listen %s' simulates one", address)
	}
	return s, s.trust()
}

// ask sends a request to the simulator itself, and decodes its answer.
func (s *simulated) ask(ctx context.Context, method string) error {
	request, err := http.NewRequestWithContext(ctx, method, "http://"+s.address+"/", http.NoBody)
	if err != nil {
		return err
	}
	response, err := s.wire.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusNoContent:
		return nil
	case http.StatusOK:
		return json.NewDecoder(http.MaxBytesReader(nil, response.Body, 1<<16)).Decode(&s.Simulated)
	}
	return fmt.Errorf("read answer: status %d", response.StatusCode)
}

// trust accepts the certificates of the simulator, and no others.
func (s *simulated) trust() error {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(s.Authority)) {
		return errors.New("find simulated hotspot: its certificate cannot be read")
	}
	s.wire.TLSClientConfig = &tls.Config{RootCAs: pool}
	return nil
}

// join makes an agent that is only on the simulated network. It consents to everything:
// there are no real terms, and no one can listen.
func (s *simulated) join(r *daemon.Runtime, logger *slog.Logger) (*agent.Agent, error) {
	r.Settings.Consent = func(plugins.Helper, wifi.Identity) (consent.Given, error) {
		return consent.Given{Terms: consent.Always, Cleartext: true, SharedHosts: true}, nil
	}
	links := &agenttest.Links{}
	links.Set(agenttest.Up(simulatedInterface, s.Gateway))
	return agent.New(agent.Config{
		Links: links, Logger: logger, Settings: r.Settings, Record: r.Record,
		Dial: func(agent.Link, probe.Family) agent.Path { return agenttest.Path(s.wire) },
	})
}
