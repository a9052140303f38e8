package daemon

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/configs"
	"hotspot-helper/internal/link"
	"hotspot-helper/probe"
)

func TestPrefer(t *testing.T) {
	catalogue := []probe.Endpoint{
		{Name: "a", Operator: "A", URL: "http://a.test/204", Status: 204, Default: true},
		{Name: "b", Operator: "B", URL: "http://b.test/", Status: 204, Header: map[string]string{"X": ""}},
	}
	own := probe.Endpoint{
		Name: "networkmanager", Operator: "own.test", URL: "http://own.test:8080/x", Status: 200, Body: "OK", Default: true,
		Note: `NetworkManager of this machine is configured with it; the body it wants begins with "OK\n"`,
	}
	first := catalogue[1]
	first.Default = true
	silent := own
	silent.Status, silent.Body = 204, ""
	silent.Note = `NetworkManager of this machine is configured with it; the body it wants begins with ""`
	tests := []struct {
		name  string
		check link.Connectivity
		want  []probe.Endpoint
	}{
		{"one of the catalogue's", link.Connectivity{URI: "http://b.test", Response: "x"}, []probe.Endpoint{first, catalogue[0]}},
		{"another", link.Connectivity{URI: "http://own.test:8080/x", Response: "OK\n"}, append([]probe.Endpoint{own}, catalogue...)},
		{"another without a body", link.Connectivity{URI: "http://own.test:8080/x"}, append([]probe.Endpoint{silent}, catalogue...)},
		{"no address", link.Connectivity{URI: "own.test"}, catalogue},
		{"another scheme", link.Connectivity{URI: "file:///etc/passwd"}, catalogue},
		{"with a password", link.Connectivity{URI: "http://ada:x@own.test/"}, catalogue},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, prefer(catalogue, test.check)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	if catalogue[1].Default {
		t.Error("the catalogue was changed")
	}
}

// The check that was chosen for the machine is asked first, unless the user names others.
func TestConfiguredCheckComesFirst(t *testing.T) {
	e := Env{Connectivity: func(context.Context) (link.Connectivity, error) {
		return link.Connectivity{URI: "http://own.test/", Response: "OK"}, nil
	}}
	names := func(chosen ...string) []string {
		endpoints, err := e.Endpoints(t.Context(), configs.Config{Probe: configs.Probe{Endpoints: chosen}})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, endpoint := range endpoints {
			names = append(names, endpoint.Name)
		}
		return names
	}
	if got := names(); len(got) < 3 || got[0] != "networkmanager" {
		t.Errorf("asked by default: %q", got)
	}
	if diff := cmp.Diff([]string{"debian"}, names("debian")); diff != "" {
		t.Errorf("asked where the user names one (-want +got):\n%s", diff)
	}
	for uri, want := range map[string]string{"http://network-test.debian.org/nm": "debian", "http://connectivity-check.ubuntu.com": "ubuntu"} {
		e.Connectivity = func(context.Context) (link.Connectivity, error) { return link.Connectivity{URI: uri}, nil }
		if got := names(); len(got) < 3 || got[0] != want {
			t.Errorf("asked where %s is configured: %q", uri, got)
		}
	}
	e.Connectivity = func(context.Context) (link.Connectivity, error) { return link.Connectivity{}, errors.New("none") }
	if got := names(); len(got) < 2 || got[0] == "networkmanager" {
		t.Errorf("asked where none is configured: %q", got)
	}
}
