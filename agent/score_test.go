package agent

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hotspot-helper/wifi"
)

// The destinations of the table. A change is applied to one of them.
func provenLogin() Destination {
	return Destination{
		Scheme: "https", Host: "login.cafe.test", Named: true, Key: "key", Issuer: "authority",
		Vendors: "00:0c:42", Claim: "cafe/claim 1", Form: "user:text pass:password", FormDigest: "form",
	}
}

func sharedLogin() Destination {
	d := provenLogin()
	d.Host, d.Named = "securelogin.vendor.test", false
	return d
}

func clearLogin() Destination {
	d := provenLogin()
	d.Scheme, d.Host, d.Named, d.Key, d.Issuer = "http", "10.5.50.1", false, "", ""
	return d
}

func apply(d Destination, changes ...func(*Destination)) Destination {
	for _, change := range changes {
		change(&d)
	}
	return d
}

// The changes of the table.
func key(d *Destination)         { d.Key = "another key" }
func issuer(d *Destination)      { d.Issuer = "another authority" }
func vendor(d *Destination)      { d.Vendors = "00:1b:21" }
func noVendor(d *Destination)    { d.Vendors = "" }
func moreVendors(d *Destination) { d.Vendors = "00:0c:42 00:1b:21" }
func form(d *Destination)        { d.Form, d.FormDigest = "pass:password", "another form" }
func noForm(d *Destination)      { d.Form, d.FormDigest = "", "" }
func rule(d *Destination)        { d.Claim = "cafe/claim 2" }
func noRule(d *Destination)      { d.Claim = "" }
func host(d *Destination)        { d.Host = "portal.cafe.test" }
func port(d *Destination)        { d.Host += ":8443" }
func unnamed(d *Destination)     { d.Named = false }
func insecure(d *Destination)    { d.Scheme, d.Key, d.Issuer = "http", "", "" }
func secure(d *Destination)      { d.Scheme, d.Key, d.Issuer = "https", "key", "authority" }
func times(d *Destination)       { d.Since, d.Accepted = time.Unix(1, 0), time.Unix(2, 0) }

func TestScore(t *testing.T) {
	type changes = []func(*Destination)
	proven, shared, clear := provenLogin(), sharedLogin(), clearLogin()
	for _, test := range []struct {
		name    string
		before  Destination
		changes changes
		score   int
	}{
		// The same network.
		{"nothing", proven, nil, 0},
		{"nothing, in cleartext", clear, nil, 0},
		{"the time", proven, changes{times}, 0},
		{"renewed by the same authority", proven, changes{key}, 0},
		{"renewed by the same authority, shared host", shared, changes{key}, 0},
		{"the same key, another authority", proven, changes{issuer}, 0},
		{"renewed, and another gateway", proven, changes{key, vendor}, 1},
		{"renewed, and another gateway and page", proven, changes{key, vendor, form}, 2},
		{"another gateway", proven, changes{vendor}, 1},
		{"another gateway, shared host", shared, changes{vendor}, 2},
		{"another gateway, in cleartext", clear, changes{vendor}, 2},
		{"one more gateway", clear, changes{moreVendors}, 0},
		{"the gateway is not known", clear, changes{noVendor}, 0},
		{"another of the helper's own hosts", proven, changes{host}, 0},
		{"another of the helper's own hosts, with its certificate", proven, changes{host, key, issuer}, 0},
		{"another port", proven, changes{port}, 0},
		{"another own host, gateway and page", proven, changes{host, key, issuer, vendor, form}, 2},
		{"another page", proven, changes{form}, 1},
		{"another page, in cleartext", clear, changes{form}, 2},
		{"another rule", clear, changes{rule}, 2},
		{"another rule and form: one page", clear, changes{rule, form}, 2},
		{"the rule is not known", clear, changes{noRule}, 0},
		{"another host, in cleartext", clear, changes{host}, 2},
		{"another port, in cleartext", clear, changes{port}, 2},
		{"https where it was http", clear, changes{secure}, 0},
		{"another certificate", proven, changes{key, issuer}, 2},
		{"another certificate, shared host", shared, changes{key, issuer}, 2},
		{"the helper does not name the host any more", proven, changes{unnamed}, 0},
		// Twins.
		{"http", proven, changes{insecure}, 3},
		{"http, in all else the same, shared host", shared, changes{insecure}, 3},
		{"http at another host", proven, changes{insecure, host}, 5},
		{"another certificate and gateway", proven, changes{key, issuer, vendor}, 3},
		{"another certificate and page", proven, changes{key, issuer, form}, 3},
		{"another certificate and rule", proven, changes{key, issuer, rule}, 3},
		{"another certificate, gateway and page", proven, changes{key, issuer, vendor, form}, 4},
		{"another certificate and gateway, shared host", shared, changes{key, issuer, vendor}, 4},
		{"another gateway and page, shared host with its public key", shared, changes{vendor, form}, 4},
		{"another shared host and page", shared, changes{host, form}, 4},
		{"a host that the helper does not name", proven, changes{unnamed, host}, 5},
		{"another page and host, in cleartext", clear, changes{form, host}, 4},
		{"another page and gateway, in cleartext", clear, changes{form, vendor}, 4},
		{"another rule and gateway, in cleartext", clear, changes{rule, vendor}, 4},
		{"another host and gateway, in cleartext", clear, changes{host, vendor}, 4},
		{"no form and another host, in cleartext", clear, changes{noForm, host}, 4},
		{"all, in cleartext", clear, changes{host, vendor, form, rule}, 6},
	} {
		now := apply(test.before, test.changes...)
		got, signs := score(test.before, now)
		if got != test.score || (got == 0) != (len(signs) == 0) {
			t.Errorf("%s: score %d, want %d: %q", test.name, got, test.score, signs)
		}
		changed, isSame := findChange([]Destination{test.before}, now, wifi.Identity{})
		if (changed != nil) != (test.score >= askScore) || isSame != (test.score == 0) {
			t.Errorf("%s: asks %v, same %v", test.name, changed, isSame)
		}
	}
}

// The most similar of the known destinations counts, whatever their order.
func TestFindChangeTakesTheNearest(t *testing.T) {
	clear, other := clearLogin(), apply(clearLogin(), host, vendor, form)
	for _, known := range [][]Destination{{clear, other}, {other, clear}} {
		if changed, isSame := findChange(known, clear, wifi.Identity{}); changed != nil || !isSame {
			t.Errorf("%v", changed)
		}
		twin := apply(other, port, noForm)
		if changed, _ := findChange(known, twin, wifi.Identity{}); changed == nil || changed.old != other || changed.new != twin {
			t.Errorf("%+v", changed)
		}
	}
}

// What the user accepts is one destination on one network.
func TestDestinationID(t *testing.T) {
	network := wifi.Identity{SSID: "Cafe", Security: wifi.SecurityOpen}
	ids := map[string]string{}
	for name, d := range map[string]Destination{
		"": clearLogin(), "host": apply(clearLogin(), host), "key": apply(clearLogin(), key), "issuer": apply(clearLogin(), issuer),
		"vendor": apply(clearLogin(), vendor), "form": apply(clearLogin(), form), "rule": apply(clearLogin(), rule), "secure": apply(clearLogin(), secure),
	} {
		id := d.id(network)
		if ids[id] != "" || id != apply(d, times).id(network) || id == d.id(wifi.Identity{SSID: "Cafe", Security: wifi.SecurityPersonal}) {
			t.Errorf("%q: %s", name, id)
		}
		ids[id] = name + "."
	}
}

func TestVendors(t *testing.T) {
	for want, macs := range map[string]string{
		"":                  "",
		"00:0c:42":          "00:0c:42:01:02:03",
		"00:0c:42 00:1b:21": "00:1b:21:01:02:03 00:0c:42:01:02:03 00:0c:42:01:02:04",
		"00:0c:42 local":    "02:00:00:00:00:01 00:0c:42:01:02:03 be:00:00:00:00:01",
	} {
		if got := vendors(strings.Fields(macs)); got != want {
			t.Errorf("%s: %q, want %q", macs, got, want)
		}
	}
}

// Destinations are bounded for each network and for the file, also in a file that had more.
func TestDestinationsAreBounded(t *testing.T) {
	s, err := OpenStore(t.TempDir()+"/memory.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 * maxAllDestinations {
		n := wifi.Identity{SSID: wifi.SSID(fmt.Sprint(i / (2 * maxDestinations))), Security: wifi.SecurityOpen}
		d := apply(clearLogin(), form)
		d.Host = fmt.Sprint(i, strings.Repeat("x", 253))
		s.addDestination(n, d)
		s.addDestination(n, d)
		if sent := s.destinations(n); len(sent) > maxDestinations || sent[len(sent)-1].Host != d.Host {
			t.Fatalf("%d: %d destinations", i, len(sent))
		}
	}
	s.flush()
	written, err := OpenStore(s.file, nil)
	if err != nil {
		t.Fatal(err)
	}
	all := 0
	for _, r := range written.networks {
		all += len(r.Sent)
	}
	if all > maxAllDestinations || all < maxAllDestinations-maxDestinations {
		t.Errorf("%d destinations in the file", all)
	}
	accepted := acceptances{}
	for i := range 2 * maxAccepted {
		accepted.add(fmt.Sprint(i))
	}
	if accepted.take("0") || !accepted.take(fmt.Sprint(2*maxAccepted-1)) || accepted.take(fmt.Sprint(2*maxAccepted-1)) || len(accepted.ids) != maxAccepted-1 {
		t.Errorf("%d acceptances", len(accepted.ids))
	}
}

// A renewed certificate replaces the older one, and what was not known is filled in.
func TestDestinationIsRenewed(t *testing.T) {
	s, err := OpenStore("", nil)
	if err != nil {
		t.Fatal(err)
	}
	n := wifi.Identity{SSID: "Cafe", Security: wifi.SecurityOpen}
	for _, d := range []Destination{apply(provenLogin(), noVendor, noRule), provenLogin(), apply(provenLogin(), key), apply(provenLogin(), key, noVendor), apply(provenLogin(), moreVendors)} {
		s.addDestination(n, d)
	}
	sent := s.destinations(n)
	if len(sent) != 1 || sent[0].Key != "key" || sent[0].Vendors != "00:0c:42" || sent[0].Claim == "" {
		t.Errorf("%+v", sent)
	}
}
