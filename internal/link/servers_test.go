package link

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree writes files below a new directory and returns it.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(root, name), text)
	}
	return root
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const (
	networkdFile = "run/systemd/netif/links/3"
	resolvConf   = "etc/resolv.conf"
	uplinkConf   = "run/systemd/resolve/resolv.conf"
)

func TestServers(t *testing.T) {
	stub := "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch lan\n"
	tests := []struct {
		name  string
		bus   fakeBus
		files map[string]string
		want  []string
	}{
		{"no source", nil, nil, nil},
		{
			"resolved before all",
			resolved(server{2, []byte{10, 0, 0, 1}}),
			map[string]string{networkdFile: "DNS=10.0.0.2", resolvConf: "nameserver 10.0.0.3"},
			[]string{"10.0.0.1"},
		},
		{
			"networkd where resolved has none for the link",
			resolved(),
			map[string]string{networkdFile: "# This is private data.\nOPER_STATE=routable\nDNS=10.0.0.2 fe80::1%wlan0 10.0.0.2\nDOMAINS=lan\n"},
			[]string{"10.0.0.2", "fe80::1"},
		},
		{
			"NetworkManager where networkd does not manage the link",
			networkManager(),
			map[string]string{networkdFile: "ADMIN_STATE=unmanaged\n", resolvConf: "nameserver 10.0.0.3"},
			[]string{"10.0.0.1", "10.0.0.2", "2001:db8::1"},
		},
		{
			"resolv.conf",
			nil,
			map[string]string{resolvConf: "nameserver 10.0.0.3\nnameserver 2001:db8::53\n", uplinkConf: "nameserver 10.0.0.4\n"},
			[]string{"10.0.0.3", "2001:db8::53"},
		},
		{"behind the stub", nil, map[string]string{resolvConf: stub, uplinkConf: "nameserver 10.0.0.4\n"}, []string{"10.0.0.4"}},
		{"a stub alone", nil, map[string]string{resolvConf: stub}, nil},
		{"a local cache beside a server", nil, map[string]string{resolvConf: "nameserver ::1\nnameserver 127.0.0.1\nnameserver ::ffff:127.0.0.1\nnameserver 10.0.0.3\n"}, []string{"10.0.0.3"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := &reader{root: tree(t, test.files)}
			got := r.servers(t.Context(), test.bus, findManager(t.Context(), test.bus, "wlan0"), State{Interface: "wlan0", Index: 3})
			if diff := cmp.Diff(ips(test.want...), got, compareAddrs); diff != "" {
				t.Errorf("servers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseServer(t *testing.T) {
	tests := map[string]string{
		"10.0.0.1":                    "10.0.0.1",
		"10.0.0.1#dns.test":           "10.0.0.1",
		"10.0.0.1:53":                 "10.0.0.1",
		"fe80::1%wlan0":               "fe80::1",
		"[2001:db8::1]:53":            "2001:db8::1",
		"[fe80::1]:53%3#dns.test":     "fe80::1",
		"10.0.0.1:5353":               "",
		"dns+tls://10.0.0.1#dns.test": "",
		"":                            "",
		"localhost":                   "",
	}
	for text, want := range tests {
		got, ok := parseServer(text)
		if ok != (want != "") || ok && got != netip.MustParseAddr(want) {
			t.Errorf("parseServer(%q) = %v, %t; want %q", text, got, ok, want)
		}
	}
}

func TestParseResolvConf(t *testing.T) {
	const text = "# nameserver 10.0.0.9\n;nameserver 10.0.0.8\n\tnameserver\t10.0.0.1 # first\nnameserver\nnameserver here\nNAMESERVER 10.0.0.7\nnameserver fe80::1%wlan0"
	got, err := parseResolvConf(strings.NewReader(text))
	if diff := cmp.Diff(ips("10.0.0.1", "fe80::1"), got, compareAddrs); diff != "" || err != nil {
		t.Errorf("servers: %v (-want +got):\n%s", err, diff)
	}
	if _, err := parseResolvConf(strings.NewReader(strings.Repeat("x", 1<<20))); err == nil {
		t.Error("no error for a line of a million bytes")
	}
}

func FuzzServerTexts(f *testing.F) {
	for _, seed := range []string{"nameserver 10.0.0.1", "[fe80::1]:53%3#x", "nameserver ::1 # x\nnameserver 1.1.1.1:53"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if server, ok := parseServer(text); ok && (!server.IsValid() || server.Zone() != "") {
			t.Errorf("parseServer(%q) = %v", text, server)
		}
		servers, _ := parseResolvConf(strings.NewReader(text))
		for _, server := range reachable(servers) {
			if server.IsLoopback() || server.Is4In6() {
				t.Errorf("%q has the server %v", text, server)
			}
		}
	})
}

// FuzzParseConnectivity checks that values of NetworkManager's files are lines.
func FuzzParseConnectivity(f *testing.F) {
	f.Add("[main]\nx=y\n[connectivity]\nuri=http://a.test/\nresponse=ok\nenabled=no\n")
	f.Fuzz(func(t *testing.T, text string) {
		var check Connectivity
		var enabled bool
		parseConnectivity(text, &check, &enabled)
		if strings.Contains(check.URI+check.Response, "\n") || len(check.URI) > len(text) {
			t.Errorf("%q: %+v", text, check)
		}
	})
}
