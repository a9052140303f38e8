package link

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// The URI that each source of these tests gives.
const (
	networkdAPI = "https://networkd.test/api"
	managerAPI  = "https://manager.test/api"
	leaseAPI    = "https://lease.test/api"
	routerAPI   = "https://router.test/api"
)

// offered is a machine on which every source has an API.
type offered struct {
	files  map[string]string
	bus    fakeBus
	events []netlink.Message
}

func everywhere() offered {
	return offered{
		files: map[string]string{
			networkdFile:                     "CAPTIVE_PORTAL=" + networkdAPI + "\n",
			"var/lib/dhcp/dhclient.leases":   leaseOf("wlan0", "10.0.0.5", `option default-url "`+leaseAPI+`";`),
			"var/lib/dhcp/README.leases.old": "not one",
		},
		bus:    withOptions(networkManager(), map[string]string{"default_url": managerAPI}, nil),
		events: []netlink.Message{userOption(3, "fe80::1", optionCaptivePortal, routerAPI)},
	}
}

func leaseOf(iface, address, option string) string {
	return "lease {\n  interface \"" + iface + "\";\n  fixed-address " + address + ";\n  " + option + "\n  expire never;\n}\n"
}

// withOptions adds DHCP options to the device of a simulated NetworkManager.
func withOptions(b fakeBus, options4, options6 map[string]string) fakeBus {
	const nm = "org.freedesktop.NetworkManager"
	for version, options := range map[string]map[string]string{"4": options4, "6": options6} {
		variants := map[string]dbus.Variant{}
		for name, value := range options {
			variants[name] = dbus.MakeVariant(value)
		}
		b["/device/1"+get+nm+".Device Dhcp"+version+"Config"] = dbus.ObjectPath("/dhcp" + version + "/1")
		b["/dhcp"+version+"/1"+get+nm+".DHCP"+version+"Config Options"] = variants
	}
	return b
}

// offers are the captive portal APIs that a link of each machine has.
func offers() []struct {
	name        string
	change      func(*offered)
	uri, source string
	warned      string // another source of a warning
} {
	without := func(sources ...string) func(*offered) {
		return func(o *offered) {
			for _, source := range sources {
				switch source {
				case "networkd":
					delete(o.files, networkdFile)
				case "manager":
					o.bus = fakeBus{}
				case "dhclient":
					delete(o.files, "var/lib/dhcp/dhclient.leases")
				}
			}
		}
	}
	networkd := func(text string) func(*offered) {
		return func(o *offered) {
			without("manager", "dhclient")(o)
			o.events = nil
			o.files[networkdFile] = text
		}
	}
	manager := func(options4, options6 map[string]string) func(*offered) {
		return func(o *offered) {
			without("networkd", "dhclient")(o)
			o.events = nil
			o.bus = withOptions(networkManager(), options4, options6)
		}
	}
	return []struct {
		name        string
		change      func(*offered)
		uri, source string
		warned      string
	}{
		{"all sources", func(*offered) {}, networkdAPI, "systemd-networkd", "networkmanager dhclient router-advertisement"},
		{"no networkd", without("networkd"), managerAPI, "networkmanager", "dhclient router-advertisement"},
		{"dhclient alone", without("networkd", "manager"), leaseAPI, "dhclient", "router-advertisement"},
		{"a router alone", without("networkd", "manager", "dhclient"), routerAPI, "router-advertisement", ""},
		{"no source", func(o *offered) { without("networkd", "manager", "dhclient")(o); o.events = nil }, "", "", ""},
		{"a router of another network", func(o *offered) {
			without("networkd", "manager", "dhclient")(o)
			o.events = []netlink.Message{userOption(3, "fe80::99", optionCaptivePortal, routerAPI)}
		}, "", "", ""},

		{"networkd: a query", networkd("CAPTIVE_PORTAL=https://portal.test/api?x=1\n"), "https://portal.test/api?x=1", "systemd-networkd", ""},
		{"networkd: quoted", networkd("CAPTIVE_PORTAL=\"https://portal.test/api\"\n"), "https://portal.test/api", "systemd-networkd", ""},
		{"networkd: plain http, which openNDS gives", networkd("CAPTIVE_PORTAL=http://status.client/\n"), "http://status.client/", "systemd-networkd", ""},
		{"networkd: no portal", networkd("CAPTIVE_PORTAL=urn:ietf:params:capport:unrestricted"), unrestricted, "systemd-networkd", ""},
		{"networkd: another URN", networkd("CAPTIVE_PORTAL=urn:ietf:params:capport:open"), "", "", ""},
		{"networkd: no URI", networkd("CAPTIVE_PORTAL=portal\n"), "", "", ""},
		{"networkd: another scheme", networkd("CAPTIVE_PORTAL=file:///etc/passwd\n"), "", "", ""},
		{"networkd: no host", networkd("CAPTIVE_PORTAL=https:///api\n"), "", "", ""},
		{"networkd: broken", networkd("CAPTIVE_PORTAL=http://[\n"), "", "", ""},
		{"networkd: empty", networkd("CAPTIVE_PORTAL=\n"), "", "", ""},
		{"networkd: none", networkd("DNS=10.0.0.1\n"), "", "", ""},

		{"NetworkManager: a name of dhclient.conf's", manager(map[string]string{"captive_portal": managerAPI}, nil), managerAPI, "networkmanager", ""},
		{"NetworkManager: by DHCPv6", manager(nil, map[string]string{"dhcp6_captive_portal": managerAPI}), managerAPI, "networkmanager", ""},
		{"NetworkManager: both", manager(map[string]string{"default_url": managerAPI}, map[string]string{"dhcp6_captive_portal": leaseAPI}), managerAPI, "networkmanager", ""},
		{"NetworkManager: no URI", manager(map[string]string{"default_url": "(null)"}, nil), "", "", ""},
		{"NetworkManager: other options", manager(map[string]string{"domain_name": "cafe.test"}, nil), "", "", ""},
	}
}

func TestAPI(t *testing.T) {
	for _, test := range offers() {
		t.Run(test.name, func(t *testing.T) {
			o := everywhere()
			test.change(&o)
			var log strings.Builder
			r := &reader{root: tree(t, o.files), logger: slog.New(slog.NewTextHandler(&log, nil))}
			r.adverts.take(o.events)
			s := State{Interface: "wlan0", Index: 3, Addresses: prefixes("10.0.0.5/24"), Gateways: ips("10.0.0.1", "fe80::1")}
			uri, source := r.api(t.Context(), findManager(t.Context(), o.bus, "wlan0"), s)
			if uri != test.uri || source != test.source {
				t.Errorf("API %q by %q, want %q by %q", uri, source, test.uri, test.source)
			}
			if warned := log.String(); (test.warned == "") != (warned == "") || !strings.Contains(warned, test.warned) {
				t.Errorf("log %q, want a warning of %q", warned, test.warned)
			} else if strings.Contains(warned, "https://") {
				t.Errorf("the log has text of the network: %q", warned)
			}
		})
	}
}

// A network that offers another API all the time gets a line once in a while, one that goes on to offer two a single one.
func TestConflictsAreSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		r := &reader{root: tree(t, everywhere().files), logger: slog.New(slog.NewTextHandler(&log, nil))}
		s := State{Interface: "wlan0", Index: 3, Addresses: prefixes("10.0.0.5/24"), Gateways: ips("10.0.0.1", "fe80::1")}
		read := func(advertised string) {
			r.adverts.take([]netlink.Message{userOption(3, "fe80::1", optionCaptivePortal, advertised)})
			r.api(t.Context(), findManager(t.Context(), fakeBus{}, "wlan0"), s)
		}
		for range 100 {
			read(routerAPI)
			time.Sleep(time.Minute)
		}
		if n := strings.Count(log.String(), "\n"); n != 1 {
			t.Errorf("%d lines for the same offers: %s", n, &log)
		}
		log.Reset()
		for i := range 100 {
			read(fmt.Sprintf("%s/%d", routerAPI, i))
			time.Sleep(time.Second)
			read(networkdAPI)
			time.Sleep(29 * time.Second)
		}
		if n := strings.Count(log.String(), "\n"); n < 2 || n > 6 {
			t.Errorf("%d lines in 50 min: %s", n, &log)
		}
	})
}

func TestMetered(t *testing.T) {
	const property = "/device/1" + get + managerService + ".Device Metered"
	modem := map[string]string{"sys/class/net/wwan0/uevent": "DEVTYPE=wwan\nINTERFACE=wwan0\nIFINDEX=3\n"}
	radio := map[string]string{"sys/class/net/wwan0/uevent": "DEVTYPE=wlan\nINTERFACE=wwan0\nIFINDEX=3\n"}
	profile := func(value any) map[string]map[string]dbus.Variant {
		return map[string]map[string]dbus.Variant{"connection": {"metered": dbus.MakeVariant(value)}}
	}
	tests := []struct {
		name    string
		files   map[string]string
		value   any // NMMetered; nil: no NetworkManager
		profile any // nil: none
		want    bool
	}{
		{"a modem", modem, nil, nil, true},
		{"a radio", radio, nil, nil, false},
		{"nothing known", nil, nil, nil, false},
		{"a radio that costs", radio, uint32(1), nil, true},
		{"a radio that costs nothing", radio, uint32(2), nil, false},
		{"a radio that is guessed to cost, like the hotspot of a phone", radio, uint32(3), nil, true},
		{"a radio that is guessed to cost nothing", radio, uint32(4), nil, false},
		{"a modem that costs nothing, says the user", modem, uint32(2), nil, false},
		{"a modem without an answer of NetworkManager", modem, uint32(0), nil, true},
		{"a modem that is guessed to cost nothing", modem, uint32(4), nil, true},
		{"another type", modem, "yes", nil, true},

		{"activating, a radio that costs", radio, uint32(0), profile(int32(1)), true},
		{"activating, a radio that costs nothing", radio, uint32(0), profile(int32(2)), false},
		{"activating, a modem that costs nothing", modem, uint32(0), profile(int32(2)), false},
		{"activating, a radio of which nothing is said", radio, uint32(0), profile(int32(0)), false},
		{"activating, a modem of which nothing is said", modem, uint32(0), map[string]map[string]dbus.Variant{"connection": {}}, true},
		{"activating, a radio that costs, and of which the guess of before is left", radio, uint32(4), profile(int32(1)), true},
		{"activating, another type", radio, uint32(0), profile("yes"), false},
		{"activating, no profile at all", radio, uint32(0), "none", false},
	}
	for _, test := range tests {
		bus := fakeBus{}
		if test.value != nil {
			bus = fakeBus{"/org/freedesktop/NetworkManager org.freedesktop.NetworkManager.GetDeviceByIpIface wwan0": dbus.ObjectPath("/device/1"), property: test.value}
			if test.profile != nil {
				bus["/device/1 "+managerService+".Device.GetAppliedConnection 0"] = test.profile
			}
		}
		r := &reader{root: tree(t, test.files)}
		if got := findManager(t.Context(), bus, "wwan0").metered(t.Context(), r.kind("wwan0", KindEther)); got != test.want {
			t.Errorf("%s: metered is %t, want %t", test.name, got, test.want)
		}
	}
}

// userOption is the message of the kernel about an option of a router advertisement.
func userOption(index uint32, router string, kind byte, text string) netlink.Message {
	option := append([]byte{kind, byte((len(text) + 2 + 7) / 8)}, text...)
	option = append(option, make([]byte, 8*int(option[1])-len(option))...)
	data := []byte{unix.AF_INET6, 0, byte(len(option)), byte(len(option) >> 8), byte(index), byte(index >> 8), 0, 0, 134, 0, 0, 0, 0, 0, 0, 0}
	data = append(data, option...)
	source := ips(router)[0].As16()
	data = append(append(data, 20, 0, 1, 0), source[:]...)
	return netlink.Message{Header: netlink.Header{Type: unix.RTM_NEWNDUSEROPT}, Data: data}
}
