package link

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// recorded are leases of dhclient 4.4.3-P1 from a dnsmasq that offers option 114: one
// with the client's name of it, one with a name from dhclient.conf, captive-portal.
const recorded = `lease {
  interface "wlan0";
  fixed-address 10.99.1.115;
  option subnet-mask 255.255.255.0;
  option routers 10.99.1.1;
  option dhcp-lease-time 3600;
  option default-url "http://status.client/";
  option dhcp-message-type 5;
  option dhcp-server-identifier 10.99.1.1;
  option dhcp-renewal-time 1800;
  option broadcast-address 10.99.1.255;
  option dhcp-rebinding-time 3150;
  renew 6 2026/11/21 16:59:57;
  rebind 6 2026/11/21 17:29:41;
  expire 6 2026/11/21 17:37:11;
}
lease {
  interface "wlan0";
  fixed-address 10.99.1.115;
  option subnet-mask 255.255.255.0;
  option dhcp-lease-time 3600;
  option captive-portal "http://status.client/";
  option dhcp-message-type 5;
  option dhcp-server-identifier 10.99.1.1;
  option dhcp-renewal-time 1800;
  option broadcast-address 10.99.1.255;
  option dhcp-rebinding-time 3150;
  renew 6 2026/11/21 17:02:30;
  rebind 6 2026/11/21 17:29:41;
  expire 6 2026/11/21 17:37:11;
}
`

// described is a lease of DHCPv6 as dhclient.leases(5) describes it, and other statements of such a file.
const described = `default-duid "\000\001\000\001,\270\247\013\002\000\000\000\001\020";
lease6 {
  interface "eth0";
  ia-na 00:00:01:10 {
    starts 1763730000;
    renew 1800;
    rebind 2880;
    iaaddr 2001:db8::122 {
      starts 1763730000; # in seconds
      preferred-life 3600;
      max-life 7200;
    }
  }
  option dhcp6.client-id 0:1:0:1;
  option dhcp6.v6-captive-portal "https://six.test/a\"b\042c";
}
`

func TestParseLeases(t *testing.T) {
	until := time.Date(2026, 11, 21, 17, 37, 11, 0, time.UTC)
	want := []lease{
		{iface: "wlan0", addrs: ips("10.99.1.115"), api: "http://status.client/", expires: until},
		{iface: "wlan0", addrs: ips("10.99.1.115"), api: "http://status.client/", expires: until},
		{iface: "eth0", addrs: ips("2001:db8::122"), api: `https://six.test/a"b"c`},
	}
	if diff := cmp.Diff(want, parseLeases(recorded+described), cmp.AllowUnexported(lease{}), compareAddrs); diff != "" {
		t.Errorf("leases (-want +got):\n%s", diff)
	}
}

func TestLeasedAPI(t *testing.T) {
	now := time.Now()
	portal := fmt.Sprintf("option default-url %q;", leaseAPI)
	with := func(statements string) string {
		return "lease { interface \"wlan0\"; fixed-address 10.0.0.5; " + statements + " }\n"
	}
	stamp := func(t time.Time) string { return "expire 0 " + t.UTC().Format("2006/01/02 15:04:05") + ";" }
	tests := []struct {
		name, text, want string
	}{
		{"present", with(portal + stamp(now.Add(time.Hour))), leaseAPI},
		{"over", with(portal + stamp(now.Add(-time.Hour))), ""},
		{"over since an epoch", with(portal + fmt.Sprintf("expire epoch %d; # local time", now.Add(-time.Minute).Unix())), ""},
		{"until an epoch", with(portal + fmt.Sprintf("expire epoch %d; # local time", now.Add(time.Minute).Unix())), leaseAPI},
		{"for ever", with(portal + "expire never;"), leaseAPI},
		{"released", with(portal + "released;"), ""},
		{"the name of a dhclient.conf", with(fmt.Sprintf("option captive-portal %q;", leaseAPI)), leaseAPI},
		{"without a name, as bytes", with(fmt.Sprintf("option unknown-114 %s;", strings.ReplaceAll(fmt.Sprintf("% x", leaseAPI), " ", ":"))), leaseAPI},
		{"without a name, as text", with(fmt.Sprintf("option unknown-114 %q;", leaseAPI)), leaseAPI},
		{"renewed without", with(portal) + with(""), ""},
		{"renewed with", with("") + with(portal), leaseAPI},
		{"of another interface", strings.ReplaceAll(with(portal), "wlan0", "wlan1"), ""},
		{"of the network before", strings.ReplaceAll(with(portal), "10.0.0.5", "192.168.7.7"), ""},
		{"of the network before, last", with(portal) + strings.ReplaceAll(with(""), "10.0.0.5", "192.168.7.7"), leaseAPI},
		{"by DHCPv6", `lease6 { interface "wlan0"; ia-na 0:0 { iaaddr 2001:db8::5 { starts 1; } } option dhcp6.captive-portal "` + leaseAPI + `"; }`, leaseAPI},
		{"another option", with(`option domain-name "https://cafe.test/";`), ""},
		{"cut short", with(portal)[:60], ""},
		{"nothing", "", ""},
		{"rubbish", "}}}{{{;;;\"", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := &reader{root: tree(t, map[string]string{"var/lib/dhcp/dhclient.wlan0.leases": test.text})}
			got, err := r.leasedAPI(State{Interface: "wlan0", Addresses: prefixes("10.0.0.5/24", "2001:db8::5/64")})
			if got != test.want || (err == nil) != (test.want != "") {
				t.Errorf("API %q, %v; want %q", got, err, test.want)
			}
		})
	}
}

// Only the end of a large file is read.
func TestLongLeaseFile(t *testing.T) {
	old := leaseOf("wlan0", "10.0.0.5", `option default-url "https://old.test/";`)
	text := strings.Repeat(old, 2*maxLeases/len(old)) + leaseOf("wlan0", "10.0.0.5", `option default-url "`+leaseAPI+`";`)
	root := tree(t, map[string]string{"var/lib/NetworkManager/dhclient-1234-wlan0.lease": text})
	r := &reader{root: root}
	if got, err := r.leasedAPI(State{Interface: "wlan0", Addresses: prefixes("10.0.0.5/24")}); got != leaseAPI || err != nil {
		t.Errorf("API %q, %v; want %q", got, err, leaseAPI)
	}
	if tail, err := readTail(filepath.Join(root, "var/lib/NetworkManager/dhclient-1234-wlan0.lease")); len(tail) != maxLeases || err != nil {
		t.Errorf("%d bytes read, %v", len(tail), err)
	}
}

// FuzzLeases reads lease files of any bytes.
func FuzzLeases(f *testing.F) {
	f.Add(recorded)
	f.Add(described)
	f.Add("lease { option unknown-114 68:74; } } \"\\00")
	f.Fuzz(func(t *testing.T, text string) {
		for _, l := range parseLeases(text) {
			if len(l.api) > len(text) {
				t.Errorf("API %q of %q", l.api, text)
			}
			l.belongsTo(State{Interface: l.iface})
		}
	})
}
