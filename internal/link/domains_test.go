package link

import (
	"context"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
)

// domainBus simulates resolved and NetworkManager, each with domains or without.
type domainBus struct{ resolved, manager bool }

func (b domainBus) call(_ context.Context, service string, path dbus.ObjectPath, method string, args ...any) ([]any, error) {
	type entry struct {
		Domain    string
		RouteOnly bool
	}
	switch {
	case service == resolveService && !b.resolved || service == managerService && !b.manager:
		return nil, dbus.ErrMsgNoObject
	case method == resolveService+".Manager.GetLink":
		return []any{dbus.ObjectPath("/link")}, nil
	case method == managerService+".GetDeviceByIpIface":
		return []any{dbus.ObjectPath("/device")}, nil
	case path == "/link":
		return []any{dbus.MakeVariant([]entry{{"Office.example", false}, {"~.", true}, {"corp.example", true}})}, nil
	}
	values := map[any]any{"Ip4Config": dbus.ObjectPath("/ip4"), "Ip6Config": dbus.ObjectPath("/"), "Searches": []string{"b.example"}, "Domains": []string{"a.example.", "b.example"}}
	return []any{dbus.MakeVariant(values[args[1]])}, nil
}

func (domainBus) close() {}

func TestDomains(t *testing.T) {
	networkd := map[string]string{networkdFile: "DOMAINS=home.example lan\n"}
	resolv := map[string]string{resolvConf: "domain old.example\nsearch x.example Y.example. x.example\nnameserver 10.0.0.1\n"}
	for _, test := range []struct {
		name  string
		bus   domainBus
		files map[string]string
		want  []string
	}{
		{"resolved comes first", domainBus{true, true}, networkd, []string{"office.example"}},
		{"networkd", domainBus{false, true}, networkd, []string{"home.example", "lan"}},
		{"NetworkManager", domainBus{false, true}, resolv, []string{"a.example", "b.example"}},
		{"resolv.conf, its last line", domainBus{}, resolv, []string{"x.example", "y.example"}},
		{"none", domainBus{}, map[string]string{resolvConf: "nameserver 10.0.0.1\n"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &reader{root: tree(t, test.files)}
			got := r.domains(t.Context(), test.bus, findManager(t.Context(), test.bus, "wlan0"), State{Interface: "wlan0", Index: 3})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("domains (-want +got):\n%s", diff)
			}
		})
	}
}
