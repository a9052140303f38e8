package link

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
)

// fakeBus answers from a table of "path member argument".
type fakeBus map[string]any

func (b fakeBus) call(_ context.Context, service string, path dbus.ObjectPath, method string, args ...any) ([]any, error) {
	key := fmt.Sprint(path, " ", method)
	for _, arg := range args {
		key += fmt.Sprint(" ", arg)
	}
	value, ok := b[key]
	if !ok {
		return nil, dbus.Error{Name: "org.freedesktop.DBus.Error.ServiceUnknown", Body: []any{service + " has no " + key}}
	}
	if err, ok := value.(error); ok {
		return nil, err
	}
	if method == "org.freedesktop.DBus.Properties.Get" {
		value = dbus.MakeVariant(value)
	}
	return []any{value}, nil
}

func (b fakeBus) close() {}

const get = " org.freedesktop.DBus.Properties.Get "

// server is an entry of systemd-resolved's DNS property.
type server struct {
	Family  int32
	Address []byte
}

func resolved(servers ...server) fakeBus {
	return fakeBus{
		"/org/freedesktop/resolve1 org.freedesktop.resolve1.Manager.GetLink 3": dbus.ObjectPath("/link/_33"),
		"/link/_33" + get + "org.freedesktop.resolve1.Link DNS":                servers,
		"/org/freedesktop/resolve1 org.freedesktop.resolve1.Manager.GetLink 4": dbus.ObjectPath("/link/_34"),
		"/link/_34" + get + "org.freedesktop.resolve1.Link DNS":                []server{{2, []byte{192, 0, 2, 4}}},
	}
}

func networkManager() fakeBus {
	const nm = "org.freedesktop.NetworkManager"
	address := func(text string) map[string]dbus.Variant {
		return map[string]dbus.Variant{"address": dbus.MakeVariant(text)}
	}
	return fakeBus{
		"/org/freedesktop/NetworkManager " + nm + ".GetDeviceByIpIface wlan0": dbus.ObjectPath("/device/1"),
		"/device/1" + get + nm + ".Device Ip4Config":                          dbus.ObjectPath("/ip4/1"),
		"/device/1" + get + nm + ".Device Ip6Config":                          dbus.ObjectPath("/ip6/1"),
		"/ip4/1" + get + nm + ".IP4Config NameserverData":                     []map[string]dbus.Variant{address("10.0.0.1"), address("10.0.0.2#dns.test"), {}},
		"/ip6/1" + get + nm + ".IP6Config Nameservers":                        [][]byte{{0x20, 1, 0xd, 0xb8, 15: 1}, {1, 2}},
	}
}

func TestResolvedServers(t *testing.T) {
	bus := resolved(server{2, []byte{10, 0, 0, 1}}, server{10, []byte{0xfe, 0x80, 15: 1}}, server{2, []byte{1}})
	got, err := resolvedServers(t.Context(), bus, 3)
	if diff := cmp.Diff(ips("10.0.0.1", "fe80::1"), got, compareAddrs); diff != "" || err != nil {
		t.Errorf("servers: %v (-want +got):\n%s", err, diff)
	}
	if _, err := resolvedServers(t.Context(), bus, 5); err == nil {
		t.Error("no error for a link that resolved does not know")
	}
	if got, err := resolvedServers(t.Context(), fakeBus{
		"/org/freedesktop/resolve1 org.freedesktop.resolve1.Manager.GetLink 3": "not a path of type o",
		"not a path of type o" + get + "org.freedesktop.resolve1.Link DNS":     "not a list",
	}, 3); err == nil {
		t.Errorf("servers %v and no error for an answer of another type", got)
	}
}

func TestManagerServers(t *testing.T) {
	const nm = "org.freedesktop.NetworkManager"
	tests := []struct {
		name   string
		change func(fakeBus)
		want   []string
		fails  bool
	}{
		{"both families", func(fakeBus) {}, []string{"10.0.0.1", "10.0.0.2", "2001:db8::1"}, false},
		{"no IPv6", func(b fakeBus) { b["/device/1"+get+nm+".Device Ip6Config"] = dbus.ObjectPath("/") }, []string{"10.0.0.1", "10.0.0.2"}, false},
		{"no IPv4", func(b fakeBus) { b["/device/1"+get+nm+".Device Ip4Config"] = dbus.ObjectPath("/") }, []string{"2001:db8::1"}, false},
		{"IPv6 gone meanwhile", func(b fakeBus) { delete(b, "/ip6/1"+get+nm+".IP6Config Nameservers") }, []string{"10.0.0.1", "10.0.0.2"}, false},
		{"device gone meanwhile", func(b fakeBus) {
			b["/device/1"+get+nm+".Device Ip4Config"] = errors.New("gone")
			b["/device/1"+get+nm+".Device Ip6Config"] = errors.New("gone")
		}, nil, true},
		{"not running", func(b fakeBus) { clear(b) }, nil, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bus := networkManager()
			test.change(bus)
			got, err := findManager(t.Context(), bus, "wlan0").servers(t.Context())
			if (err != nil) != test.fails {
				t.Errorf("error %v, want one: %t", err, test.fails)
			}
			if diff := cmp.Diff(ips(test.want...), got, compareAddrs); diff != "" {
				t.Errorf("servers (-want +got):\n%s", diff)
			}
		})
	}
}
