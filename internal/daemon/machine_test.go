package daemon

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"

	"hotspot-helper/agent"
	"hotspot-helper/portal"
	"hotspot-helper/probe"
)

// The machine's own services are no portal, whatever a network calls them: they are
// reached only where the link's gateway has that very address.
func TestDialerReachesNoService(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	defer server.Close()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for gateway, reached := range map[string]bool{"127.0.0.1": true, "127.0.0.2": false, "10.0.0.1": false, "": false} {
		link := agent.Link{Link: probe.Link{Interface: "lo", Index: 1}}
		if gateway != "" {
			link.Gateways = []netip.Addr{netip.MustParseAddr(gateway)}
		}
		wire := NewDialer(slog.New(slog.DiscardHandler))(link, probe.FamilyAny)
		for _, host := range []string{"127.0.0.1", "[::ffff:127.0.0.1]"} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+host+":"+u.Port()+"/", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			response, err := wire.RoundTrip(request)
			if err == nil {
				response.Body.Close()
			}
			if _, refused := errors.AsType[*portal.HostError](err); refused == reached {
				t.Errorf("%s with the gateway %q: %v, want reached %v", host, gateway, err, reached)
			}
		}
		wire.CloseIdleConnections()
	}
}
