package ondemand_test

import (
	"net/netip"
	"strings"
	"testing"

	"hotspot-helper/ondemand"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

var (
	work = ondemand.Tunnel{Connection: "work"}
	wg   = ondemand.Tunnel{Up: []string{"wg", "up"}, Down: []string{"wg", "down"}, IsUp: []string{"wg", "show"}}
	ap   = wifi.BSSID{2, 0, 0, 0, 0, 1}
)

// cafe is an open Wi-Fi network that leads to the Internet.
func cafe(change func(*ondemand.Situation)) ondemand.Situation {
	s := ondemand.Situation{
		Interface: "wlan0", Network: "wifi/open/Cafe", Type: "wifi", SSID: "Cafe", BSSID: ap, Security: wifi.SecurityOpen,
		SearchDomains: []string{"cafe.example"}, DNS: []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fe80::1%wlan0")},
		Verdict: probe.VerdictFull, Helper: "opennds",
	}
	if change != nil {
		change(&s)
	}
	return s
}

func TestConditions(t *testing.T) {
	yes, no := true, false
	prefixes := func(texts ...string) (list []netip.Prefix) {
		for _, text := range texts {
			list = append(list, netip.MustParsePrefix(text))
		}
		return list
	}
	for _, test := range []struct {
		name   string
		when   ondemand.Condition
		change func(*ondemand.Situation)
		misses string // "": it holds
	}{
		{name: "none"},
		{name: "ssid", when: ondemand.Condition{SSID: []wifi.SSID{"Home", "Cafe"}}},
		{name: "another ssid", when: ondemand.Condition{SSID: []wifi.SSID{"Home"}}, misses: "ssid does not hold: it is 'Cafe'"},
		{name: "ssid in another case", when: ondemand.Condition{SSID: []wifi.SSID{"cafe"}}, misses: "ssid"},
		{name: "not_ssid", when: ondemand.Condition{NotSSID: []wifi.SSID{"Home"}}},
		{name: "not this ssid", when: ondemand.Condition{NotSSID: []wifi.SSID{"Home", "Cafe"}}, misses: "not_ssid does not hold: it is 'Cafe'"},
		{name: "bssid", when: ondemand.Condition{BSSID: []wifi.BSSID{ap}}},
		{name: "bssid not known", when: ondemand.Condition{BSSID: []wifi.BSSID{ap}}, change: func(s *ondemand.Situation) { s.BSSID = wifi.BSSID{} }, misses: "bssid does not hold: it is not known"},
		{name: "security", when: ondemand.Condition{Security: []wifi.Security{wifi.SecurityOpen, wifi.SecurityWEP}}},
		{name: "another security", when: ondemand.Condition{Security: []wifi.Security{wifi.SecurityPersonal}}, misses: "security does not hold: it is open"},
		{name: "type", when: ondemand.Condition{Type: []string{"wifi"}}},
		{name: "another type", when: ondemand.Condition{Type: []string{"ether"}}, misses: "type does not hold: it is wifi"},
		{name: "search domain, in another case", when: ondemand.Condition{SearchDomains: []string{"CAFE.example."}}},
		{name: "a domain above", when: ondemand.Condition{SearchDomains: []string{"example"}}, misses: "search_domain does not hold: it is cafe.example"},
		{name: "no domain", when: ondemand.Condition{SearchDomains: []string{"example"}}, change: func(s *ondemand.Situation) { s.SearchDomains = nil }, misses: "it is none"},
		{name: "all servers", when: ondemand.Condition{DNS: prefixes("10.0.0.0/8", "fe80::1/128", "192.0.2.1/32")}},
		{name: "one server too many", when: ondemand.Condition{DNS: prefixes("10.0.0.1/32")}, misses: "dns does not hold: it is 10.0.0.1 fe80::1%wlan0"},
		{name: "no server", when: ondemand.Condition{DNS: prefixes("10.0.0.1/32")}, change: func(s *ondemand.Situation) { s.DNS = nil }, misses: "dns"},
		{name: "verdict", when: ondemand.Condition{Verdict: []probe.Verdict{probe.VerdictFull}}},
		{name: "another verdict", when: ondemand.Condition{Verdict: []probe.Verdict{probe.VerdictPortal}}, misses: "verdict does not hold: it is full"},
		{name: "helper", when: ondemand.Condition{Helper: []string{"opennds"}}},
		{name: "no helper", when: ondemand.Condition{Helper: []string{"opennds"}}, change: func(s *ondemand.Situation) { s.Helper = "" }, misses: "helper does not hold: it is none"},
		{name: "metered", when: ondemand.Condition{Metered: &no}},
		{name: "not metered", when: ondemand.Condition{Metered: &yes}, misses: "metered does not hold: it is false"},
		{name: "one of two fails", when: ondemand.Condition{SSID: []wifi.SSID{"Cafe"}, Type: []string{"ether"}}, misses: "type"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := test.when.Misses(cafe(test.change))
			if (got == "") != (test.misses == "") || !strings.Contains(got, test.misses) {
				t.Errorf("misses %q, want %q", got, test.misses)
			}
		})
	}
}

// verdict is a cafe with another verdict.
func verdict(v probe.Verdict) ondemand.Situation {
	return cafe(func(s *ondemand.Situation) { s.Verdict = v })
}

func TestDecide(t *testing.T) {
	isCafe := ondemand.Condition{SSID: []wifi.SSID{"Cafe"}}
	connect := ondemand.Rule{Name: "cafes", When: isCafe, Action: ondemand.Connect, Tunnel: work}
	held := connect
	held.Hold = true
	stop := ondemand.Rule{Name: "home", When: isCafe, Action: ondemand.Disconnect, Tunnel: work}
	ignore := ondemand.Rule{Name: "trusted", When: isCafe, Action: ondemand.Ignore}
	other := ondemand.Rule{Name: "other", When: ondemand.Condition{SSID: []wifi.SSID{"Other"}}, Action: ondemand.Connect, Tunnel: wg}
	const full, portal, limited = probe.VerdictFull, probe.VerdictPortal, probe.VerdictLimited
	for _, test := range []struct {
		name     string
		rules    []ondemand.Rule
		verdict  probe.Verdict
		rule     string
		work, wg ondemand.Want
	}{
		{"connect", []ondemand.Rule{connect}, full, "cafes", ondemand.WantUp, ondemand.WantRelease},
		{"connect on a portal", []ondemand.Rule{connect}, portal, "cafes", ondemand.WantRelease, ondemand.WantRelease},
		{"connect on a portal, held", []ondemand.Rule{held}, portal, "cafes", ondemand.WantLeave, ondemand.WantRelease},
		{"connect on a dead link", []ondemand.Rule{connect}, limited, "cafes", ondemand.WantLeave, ondemand.WantLeave},
		{"connect without a verdict", []ondemand.Rule{connect}, probe.VerdictUnknown, "cafes", ondemand.WantLeave, ondemand.WantLeave},
		{"disconnect", []ondemand.Rule{stop}, full, "home", ondemand.WantDown, ondemand.WantRelease},
		{"disconnect on a portal", []ondemand.Rule{stop}, portal, "home", ondemand.WantDown, ondemand.WantRelease},
		{"disconnect on a dead link", []ondemand.Rule{stop}, limited, "home", ondemand.WantDown, ondemand.WantLeave},
		{"ignore", []ondemand.Rule{ignore, connect}, full, "trusted", ondemand.WantLeave, ondemand.WantLeave},
		{"the first that holds", []ondemand.Rule{other, connect, stop}, full, "cafes", ondemand.WantUp, ondemand.WantRelease},
		{"none holds", []ondemand.Rule{other}, full, "", ondemand.WantRelease, ondemand.WantRelease},
		{"none holds on a dead link", []ondemand.Rule{other}, limited, "", ondemand.WantLeave, ondemand.WantLeave},
		{"no rules", nil, full, "", ondemand.WantRelease, ondemand.WantRelease},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := ondemand.Decide(test.rules, verdict(test.verdict))
			rule := ""
			if d.Rule != nil {
				rule = d.Rule.Name
			}
			all := ondemand.Combine([]ondemand.Tunnel{work, wg}, []ondemand.Decision{d})
			if rule != test.rule || all[0].Want != test.work || all[1].Want != test.wg || d.Why == "" {
				t.Errorf("rule %q, work %v, wg %v, %q; want %q, %v, %v", rule, all[0].Want, all[1].Want, d.Why, test.rule, test.work, test.wg)
			}
		})
	}
}

// TestNeverBeforeFull: whatever the rules, nothing is started before the probe says full.
func TestNeverBeforeFull(t *testing.T) {
	for _, action := range []ondemand.Action{ondemand.Connect, ondemand.Disconnect, ondemand.Ignore} {
		for _, hold := range []bool{true, false} {
			for v := probe.VerdictUnknown; v <= probe.VerdictFull; v++ {
				d := ondemand.Decide([]ondemand.Rule{{Name: "any", Action: action, Tunnel: work, Hold: hold}}, verdict(v))
				all := ondemand.Combine([]ondemand.Tunnel{work}, []ondemand.Decision{d})
				if up := all[0].Want == ondemand.WantUp; up != (action == ondemand.Connect && v == probe.VerdictFull) {
					t.Errorf("%s, hold %t, %v: %v", action, hold, v, all[0].Want)
				}
			}
		}
	}
}

func TestCombine(t *testing.T) {
	decision := func(want, others ondemand.Want) ondemand.Decision {
		return ondemand.Decision{Rule: &ondemand.Rule{Name: want.String(), Action: ondemand.Connect, Tunnel: work}, Want: want, Others: others}
	}
	const up, down, leave, release = ondemand.WantUp, ondemand.WantDown, ondemand.WantLeave, ondemand.WantRelease
	for _, test := range []struct {
		name      string
		decisions []ondemand.Decision
		want      ondemand.Want
	}{
		{"no link", nil, leave},
		{"one", []ondemand.Decision{decision(release, release)}, release},
		{"up wins", []ondemand.Decision{decision(down, release), decision(up, release), decision(leave, leave)}, up},
		{"down by name wins over ignore", []ondemand.Decision{decision(leave, leave), decision(down, release)}, down},
		{"ignore wins over release", []ondemand.Decision{decision(release, release), decision(leave, leave)}, leave},
	} {
		all := ondemand.Combine([]ondemand.Tunnel{work}, test.decisions)
		if len(all) != 1 || all[0].Want != test.want {
			t.Errorf("%s: %v, want %v", test.name, all, test.want)
		}
		if len(test.decisions) > 0 && all[0].Decision.Rule.Name != test.want.String() {
			t.Errorf("%s: decided by %q", test.name, all[0].Decision.Rule.Name)
		}
	}
}

// A tunnel that one rule starts and another stops is one tunnel, with the commands that start it.
func TestTunnels(t *testing.T) {
	stop := ondemand.Tunnel{Down: wg.Down, IsUp: wg.IsUp}
	all := ondemand.Tunnels([]ondemand.Rule{
		{Action: ondemand.Disconnect, Tunnel: stop},
		{Action: ondemand.Ignore, Tunnel: ondemand.Tunnel{Connection: "unused"}},
		{Action: ondemand.Connect, Tunnel: wg},
		{Action: ondemand.Connect, Tunnel: work},
		{Action: ondemand.Disconnect, Tunnel: work},
	})
	if len(all) != 2 || len(all[0].Up) == 0 || all[1].Connection != "work" {
		t.Errorf("tunnels %v", all)
	}
	if text := wg.String(); text != "command wg" {
		t.Errorf("the tunnel is shown as %q", text)
	}
}
