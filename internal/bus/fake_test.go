package bus

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/annotate"
	"hotspot-helper/claims"
	"hotspot-helper/internal/bus/bustest"
	"hotspot-helper/wifi"
)

var _ Agent = (*agent.Agent)(nil)

// stub is an agent with fixed answers.
type stub struct {
	status   agent.Status
	networks []annotate.Network
	claims   map[wifi.SSID][]claims.Claim
	refuse   map[string]error // by "login wlan0"

	mu        sync.Mutex
	asked     []string
	listeners map[int]func(agent.Transition)
}

func (s *stub) Status() agent.Status { return s.status }

func (s *stub) Networks() []annotate.Network { return s.networks }

func (s *stub) Claims(_ context.Context, ssid wifi.SSID) []claims.Claim { return s.claims[ssid] }

func (s *stub) Login(ctx context.Context, iface string) error { return s.take(ctx, "login "+iface) }

func (s *stub) Logoff(ctx context.Context, iface string) error { return s.take(ctx, "logoff "+iface) }

func (s *stub) Resume(ctx context.Context, iface string, given agent.CauseKind) error {
	return s.take(ctx, "resume "+iface+" with "+string(given))
}

func (s *stub) AcceptChanged(ctx context.Context, iface, accept string) error {
	return s.take(ctx, "accept "+accept+" on "+iface)
}

func (s *stub) Suspect(ctx context.Context, iface string, cause agent.Cause) error {
	return s.take(ctx, "suspect "+iface+": "+string(cause.Kind))
}

func (s *stub) take(ctx context.Context, request string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, request)
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.refuse[request]
}

func (s *stub) Listen(listener func(agent.Transition)) (stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listeners == nil {
		s.listeners = map[int]func(agent.Transition){}
	}
	id := len(s.listeners)
	s.listeners[id] = listener
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.listeners, id)
	}
}

// announce makes the transitions number from to to-1.
func (s *stub) announce(from, to int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := from; i < to; i++ {
		for _, listener := range s.listeners {
			listener(agent.Transition{Interface: "wlan0", Cause: fmt.Sprint(i)})
		}
	}
}

func (s *stub) listening() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.listeners)
}

func (s *stub) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// limit is far more than anything here takes.
const limit = 10 * time.Second

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), limit)
	t.Cleanup(stop)
	return ctx
}

// eventually polls until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx := within(t)
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not after %v", what, limit)
		case <-time.After(time.Millisecond):
		}
	}
}

func privateBus(t *testing.T) Config {
	t.Helper()
	return Config{Address: bustest.New(t, os.Getenv("HELPER_REQUIRE"))}
}

// serveOn shows an agent on a bus. The function ends that and returns what Serve returned.
func serveOn(t *testing.T, config Config, a Agent) (end func() error) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, config, a, "1.2.3") }()
	end = sync.OnceValue(func() error { stop(); return <-ended })
	t.Cleanup(func() { _ = end() })
	eventually(t, "agent is on the bus", func() bool {
		client, err := Dial(within(t), config)
		if err != nil {
			return false
		}
		return client.Close() == nil
	})
	return end
}

func dial(t *testing.T, config Config) *Client {
	t.Helper()
	client, err := Dial(within(t), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}
