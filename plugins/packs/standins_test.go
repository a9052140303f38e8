package packs_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// standin is a pack, a simulated hotspot that it logs in to, and the expected behaviour.
type standin struct {
	pack   string
	kind   portaltest.Kind
	way    string            // which login of a kind that offers several; part of the names of cases
	inputs map[string]string // what the user provides
	wrong  map[string]string // inputs that are refused; nil: there are none
	clear  bool              // a secret is sent only with the user's consent
	terms  bool              // terms are accepted only with the user's consent
	idle   time.Duration     // time after which the portal ends a session without keepalive; 0: never
	stays  bool              // the pack cannot log off
	pinned bool              // another pack claims the portal too, so the user has to choose
}

// standins returns the packs with stand-ins, with a row for each way to log in.
func standins() []standin {
	return slices.Concat(placeStandins(), []standin{
		{pack: "24online", kind: portaltest.Kind24Online, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "aruba-clearpass", kind: portaltest.KindClearPass, inputs: user, wrong: wrongPassword, clear: true, terms: true, stays: true},
		{pack: "aruba-clearpass", kind: portaltest.KindClearPassClick, terms: true, stays: true},
		{pack: "cisco-ise", kind: portaltest.KindCiscoISE, inputs: user, wrong: wrongPassword, clear: true, terms: true, stays: true},
		{pack: "cisco-ise", kind: portaltest.KindCiscoISETerms, terms: true, stays: true},
		{pack: "picopoint", kind: portaltest.KindPicopoint, terms: true, stays: true},
		{pack: "cisco-webauth", kind: portaltest.KindCiscoWebAuth, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "cisco-webauth", kind: portaltest.KindCiscoWebAuthClick, terms: true},
		{pack: "cisco-webauth", kind: portaltest.KindCiscoWebAuthEmail, inputs: address, terms: true},
		{pack: "pan-os", kind: portaltest.KindPANOS, inputs: user, wrong: wrongPassword, clear: true, stays: true},
		{pack: "pan-os", kind: portaltest.KindPANOSOld, inputs: user, wrong: wrongPassword, clear: true, stays: true},
		{pack: "pronto", kind: portaltest.KindPronto, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "mikrotik", kind: portaltest.KindMikrotik, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "mikrotik", kind: portaltest.KindMikrotikPAP, inputs: plainly, wrong: wrongPlainly, clear: true},
		{pack: "mikrotik", kind: portaltest.KindMikrotikTrial, terms: true},
		{pack: "mikrotik", kind: portaltest.KindMikrotikTrial, way: "account", inputs: user, wrong: wrongPassword, clear: true},
		{pack: "fortinet", kind: portaltest.KindFortinet, inputs: user, wrong: wrongPassword, clear: true, idle: 5 * time.Minute},
		{pack: "fortinet", kind: portaltest.KindFortinetDisclaimer, inputs: user, wrong: wrongPassword, clear: true, terms: true, idle: 5 * time.Minute},
		{pack: "opnsense", kind: portaltest.KindOPNsense, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "opnsense", kind: portaltest.KindOPNsenseClick, terms: true},
		{pack: "meraki", kind: portaltest.KindMeraki, terms: true, stays: true},
		{pack: "meraki", kind: portaltest.KindMerakiBuiltIn, terms: true, stays: true},
		{pack: "meraki", kind: portaltest.KindMerakiSignOn, inputs: user, wrong: wrongPassword, clear: true, stays: true},
		{pack: "pfsense", kind: portaltest.KindPfSense, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "pfsense", kind: portaltest.KindPfSenseVoucher, inputs: voucher, wrong: wrongVoucher, clear: true},
		{pack: "pfsense", kind: portaltest.KindPfSenseVoucher, way: "account", inputs: user, wrong: wrongPassword, clear: true},
		{pack: "pfsense", kind: portaltest.KindPfSenseClick, terms: true},
		{pack: "cisco-wlc", kind: portaltest.KindCiscoWLC, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "cisco-wlc", kind: portaltest.KindCiscoWLCClick, terms: true},
		{pack: "sophos", kind: portaltest.KindSophos, inputs: user, wrong: wrongPassword, clear: true, idle: 5 * time.Minute},
		{pack: "sonicwall", kind: portaltest.KindSonicWall, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "sonicwall", kind: portaltest.KindSonicWallPlain, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "h3c-imc", kind: portaltest.KindH3CIMC, inputs: user, wrong: wrongPassword, clear: true, idle: 5 * time.Minute},
		{pack: "coovachilli", kind: portaltest.KindCoovaChilli, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "coovachilli", kind: portaltest.KindCoovaChilliMute, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "coovachilli", kind: portaltest.KindCoovaChilliJSON, pinned: true, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "coovachilli", kind: portaltest.KindCoovaChilliMini, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "wifionice", kind: portaltest.KindWifionice, terms: true},
		{pack: "wifionice", kind: portaltest.KindWifioniceTitled, terms: true},
		{pack: "wifionice", kind: portaltest.KindWifioniceForm, terms: true},
		{pack: "freifunk", kind: portaltest.KindFreifunk, terms: true, stays: true},
		{pack: "vodafone-de", kind: portaltest.KindVodafone, terms: true, stays: true},
		{pack: "vodafone-de", kind: portaltest.KindVodafoneAccount, inputs: user, wrong: wrongPassword, stays: true},
		{pack: "telekom", kind: portaltest.KindTelekom, inputs: user, wrong: wrongPassword},
		{pack: "telekom", kind: portaltest.KindTelekomPending, inputs: user, wrong: wrongPassword},
		{pack: "telekom", kind: portaltest.KindTelekomAccount, inputs: user, wrong: wrongPassword, terms: true},
		{pack: "telekom", kind: portaltest.KindTelekomFree, terms: true},
		{pack: "cambium", kind: portaltest.KindCambium, inputs: user, wrong: wrongPassword, clear: true, stays: true},
		{pack: "cambium", kind: portaltest.KindCambiumSecure, inputs: user, wrong: wrongPassword, clear: true, stays: true},
		{pack: "cambium", kind: portaltest.KindCambiumClick, terms: true, stays: true},
		{pack: "grandstream", kind: portaltest.KindGrandstream, inputs: user, wrong: wrongPassword, clear: true, stays: true},
		{pack: "grandstream", kind: portaltest.KindGrandstreamClick, terms: true, stays: true},
		{pack: "grandstream", kind: portaltest.KindGrandstreamBuiltIn, terms: true, stays: true},
		{pack: "zyxel-nebula", kind: portaltest.KindZyxelNebula, inputs: user, wrong: wrongPassword, clear: true, stays: true},
		{pack: "zyxel-nebula", kind: portaltest.KindZyxelNebulaClick, terms: true, stays: true},
		{pack: "mist", kind: portaltest.KindMist, terms: true, stays: true},
		{pack: "unifi", kind: portaltest.KindUniFi, terms: true, stays: true},
		{pack: "unifi", kind: portaltest.KindUniFiVoucher, inputs: voucher, wrong: wrongVoucher, clear: true, terms: true, stays: true},
		{pack: "vodafone-de", kind: portaltest.KindVodafone, way: "customer", inputs: user, terms: true, stays: true},
		{pack: "telekom", kind: portaltest.KindTelekomFree, way: "account", inputs: user, terms: true},
		{pack: "aruba", kind: portaltest.KindAruba, inputs: user, wrong: wrongPassword, clear: true, stays: true},
		{pack: "aruba-controller", kind: portaltest.KindArubaController, inputs: user, wrong: wrongPassword, clear: true, stays: true},
		{pack: "aruba-instant", kind: portaltest.KindArubaInstant, inputs: user, wrong: wrongPassword, clear: true, stays: true},
		{pack: "aruba-instant", kind: portaltest.KindArubaInstantClick, terms: true, stays: true},
		{pack: "ruckus", kind: portaltest.KindRuckus, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "ruckus", kind: portaltest.KindRuckusClick, terms: true, stays: true},
		{pack: "huawei", kind: portaltest.KindHuawei, inputs: user, wrong: wrongPassword, clear: true, stays: true},
		{pack: "aerohive", kind: portaltest.KindAerohive, inputs: user, wrong: wrongPassword, clear: true, stays: true},
		{pack: "bt-wifi", kind: portaltest.KindBTWiFi, inputs: btAccount, wrong: wrongBT},
		{pack: "bt-wifi", kind: portaltest.KindEEWiFi, terms: true},
		{pack: "bt-wifi", kind: portaltest.KindEEWiFi, way: "account", inputs: user, wrong: wrongPassword},
		{pack: "cdwifi", kind: portaltest.KindCDWiFi, terms: true, stays: true},
		{pack: "cdwifi", kind: portaltest.KindCDWiFiForm, terms: true, stays: true},
		{pack: "fon", kind: portaltest.KindFonKPN, inputs: user, wrong: wrongPassword, stays: true},
		{pack: "fon", kind: portaltest.KindFonCosmote, inputs: user, wrong: wrongPassword, stays: true},
		{pack: "freewifi", kind: portaltest.KindFreeWifi, inputs: user, wrong: wrongPassword, stays: true},
		{pack: "freewifi", kind: portaltest.KindFreeWifiForm, inputs: user, wrong: wrongPassword, stays: true},
		{pack: "kpn", kind: portaltest.KindKPN, terms: true, stays: true},
		{pack: "meo-wifi", kind: portaltest.KindMEOWiFi, inputs: user, wrong: wrongPassword, terms: true},
		{pack: "sncf", kind: portaltest.KindSNCF, terms: true, stays: true},
		{pack: "swr", kind: portaltest.KindSWR, inputs: user, wrong: wrongPassword, clear: true, stays: true},
		{pack: "the-cloud", kind: portaltest.KindTheCloud, terms: true, stays: true},
		{pack: "the-cloud", kind: portaltest.KindTheCloudLinks, terms: true, stays: true},
		{pack: "the-cloud", kind: portaltest.KindTheCloudAccount, inputs: user, wrong: wrongPassword, stays: true},
		{pack: "unwired", kind: portaltest.KindUnwired, terms: true, stays: true},
		{pack: "xfinity", kind: portaltest.KindXfinity, inputs: xfinityAccount, wrong: wrongXfinity, stays: true},
		{pack: "xfinity", kind: portaltest.KindXfinityHidden, inputs: user, wrong: wrongPassword, stays: true},
		{pack: "drcom", kind: portaltest.KindDrCOM, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "drcom", kind: portaltest.KindDrCOMPortal, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "drcom", kind: portaltest.KindDrCOMPlain, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "drcom", kind: portaltest.KindDrCOMOld, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "packetfence", kind: portaltest.KindPacketFence, inputs: user, wrong: wrongPassword, clear: true, terms: true},
		{pack: "packetfence", kind: portaltest.KindPacketFenceClick, terms: true},
		{pack: "packetfence", kind: portaltest.KindPacketFenceTerms, inputs: user, wrong: wrongPassword, clear: true, terms: true},
		{pack: "imaster-nce", kind: portaltest.KindIMasterNCE, inputs: user, wrong: wrongPassword, clear: true, terms: true, stays: true},
		{pack: "ruijie", kind: portaltest.KindRuijie, inputs: map[string]string{"user": "ada", "pass": "2718", "service": "中国电信"}, wrong: wrongPassword, clear: true},
		{pack: "ruijie", kind: portaltest.KindRuijieEncrypted, inputs: plainly, wrong: wrongPlainly, clear: true},
		{pack: "freifunk-dresden", kind: portaltest.KindFreifunkDresden, terms: true, stays: true},
		{pack: "uspot", kind: portaltest.KindUspot, terms: true, stays: true},
		{pack: "uspot", kind: portaltest.KindUspotAccount, inputs: user, wrong: wrongPassword, clear: true, stays: true},
		{pack: "nodogsplash", kind: portaltest.KindNodogsplash, terms: true},
		{pack: "nodogsplash", kind: portaltest.KindNodogsplashAccount, inputs: user, wrong: wrongPassword, clear: true},
		{pack: "nodogsplash", kind: portaltest.KindNodogsplashVoucher, inputs: voucher, wrong: wrongVoucher, clear: true},
		{pack: "opennds", kind: portaltest.KindOpenNDS, terms: true},
		{pack: "opennds", kind: portaltest.KindOpenNDSFAS, inputs: guest, terms: true},
		{pack: "opennds", kind: portaltest.KindOpenNDSMail, inputs: guest, terms: true},
	})
}

// name returns the kind of the stand-in and which login it is.
func (row standin) name() string {
	if row.way == "" {
		return row.kind.String()
	}
	return row.kind.String() + "-" + row.way
}

// The inputs that the stand-ins accept and refuse.
var (
	user           = map[string]string{"user": "ada", "pass": "2718"}
	wrongPassword  = map[string]string{"user": "ada", "pass": "1828"}
	plainly        = map[string]string{"user": "ada", "pass": "2718", "plain": "yes"}
	wrongPlainly   = map[string]string{"user": "ada", "pass": "1828", "plain": "yes"}
	voucher        = map[string]string{"voucher": "WX7Y-2026"}
	wrongVoucher   = map[string]string{"voucher": "WX7Y-2025"}
	btAccount      = map[string]string{"user": "ada", "pass": "2718", "kind": "ante?partnerNetwork=btb"}
	wrongBT        = map[string]string{"user": "ada", "pass": "1828", "kind": "ante?partnerNetwork=btb"}
	xfinityAccount = map[string]string{"user": "ada", "pass": "2718", "device": "laptop"}
	wrongXfinity   = map[string]string{"user": "ada", "pass": "1828", "device": "laptop"}
	address        = map[string]string{"email": "ada@example.test"}
	guest          = map[string]string{"name": "Ada", "email": "ada@example.test"}
)

func TestStandins(t *testing.T) {
	for _, row := range standins() {
		t.Run(row.pack+"/"+row.name(), func(t *testing.T) {
			if *update {
				row.clearCases(t)
			}
			t.Run("claim", row.testClaim)
			t.Run("success", row.testSuccess)
			t.Run("refusal", row.testRefusal)
			t.Run("without consent", row.testConsent)
			t.Run("already", row.testAlready)
			t.Run("expiry", row.testExpiry)
			t.Run("keepalive", row.testKeepalive)
			t.Run("logoff", row.testLogoff)
			t.Run("logoff anew", row.testLogoffAnew)
			if *update {
				if err := prune(casesOf(row.pack)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// testClaim expects a confident claim by the evidence of a real probe, and that the pack wins
// among all shipped packs.
func (row standin) testClaim(t *testing.T) {
	all, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	row.visit(t, portaltest.Options{}, func(v *visitor) {
		facts := claims.NewFacts(wifi.Network{SSID: "Guest"}, &v.evidence)
		var made []claims.Claim
		for _, p := range all {
			made = append(made, p.Claim(t.Context(), facts))
		}
		preference, sure := claims.Preference{}, claims.High
		if row.pinned {
			preference.Pinned, sure = row.pack, claims.Low
		}
		for _, claim := range made {
			if claim.Confidence > claims.None && vendor(claim.Helper) != vendor(row.pack) {
				v.t.Errorf("%s claims it too: %v by %s", claim.Helper, claim.Confidence, claim.Rule)
			}
		}
		winner, why, ok := claims.Pick(made, preference)
		if !ok || winner.Helper != row.pack || winner.Confidence < sure {
			v.t.Errorf("%s wins with %v, %s", winner.Helper, winner.Confidence, why)
		}
	})
}

// vendor returns the first word of a pack's name.
func vendor(name string) string {
	word, _, _ := strings.Cut(name, "-")
	return word
}

// No pack claims portals that are of no vendor.
func TestStrangers(t *testing.T) {
	all, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(8) {
		for _, kind := range []portaltest.Kind{portaltest.KindClick, portaltest.KindCredentials} {
			synctest.Test(t, func(t *testing.T) {
				hotspot := portaltest.New(portaltest.Options{Seed: seed + 1, Kind: kind, Internet: http.HandlerFunc(online)})
				v := &visitor{t: t, hotspot: hotspot, wire: hotspot.Transport()}
				v.probe(probe.VerdictPortal)
				for _, p := range all {
					claim := p.Claim(t.Context(), claims.NewFacts(wifi.Network{SSID: "Guest"}, &v.evidence))
					if claim.Confidence > claims.None {
						t.Errorf("%s claims a %v: %v by %s", p.Name(), hotspot, claim.Confidence, claim.Rule)
					}
				}
			})
		}
	}
}

func (row standin) testSuccess(t *testing.T) {
	row.visit(t, portaltest.Options{}, func(v *visitor) {
		v.record("login")
		v.login()
	})
}

// testRefusal expects a wrong credential to be denied, so that it is never tried again, in whatever
// language the portal says so.
func (row standin) testRefusal(t *testing.T) {
	if row.wrong == nil {
		t.Skip("nothing can be wrong")
	}
	for _, language := range []string{"", "de"} {
		row.visit(t, portaltest.Options{Language: language}, func(v *visitor) {
			v.inputs = row.wrong
			if language == "" {
				v.record("refusal")
			}
			v.run(v.pack.Authenticate, flow.Denied)
			v.probe(probe.VerdictPortal)
			v.inputs = row.inputs
			v.login()
		})
	}
}

// testConsent revokes the consents: then no terms are accepted, and no secret is sent.
func (row standin) testConsent(t *testing.T) {
	row.visit(t, portaltest.Options{}, func(v *visitor) {
		if v.consent.Terms = consent.Ask; row.terms {
			v.run(v.pack.Authenticate, flow.NeedsUser)
			v.probe(probe.VerdictPortal)
		}
	})
	row.visit(t, portaltest.Options{}, func(v *visitor) {
		watch := &watch{RoundTripper: v.wire, secrets: row.secrets(v.pack)}
		v.consent.Cleartext, v.consent.SharedHosts, v.wire = false, false, watch
		if !row.clear {
			v.login()
			return
		}
		var refused *portal.SecretError
		if result, err := v.pack.Authenticate(v.t.Context(), v.job()); !errors.As(err, &refused) {
			v.t.Errorf("%v at %s: %s, %v", result.Outcome, result.Step, result.Reason, err)
		}
		v.probe(probe.VerdictPortal)
		if len(watch.seen) > 0 {
			v.t.Errorf("sent without consent: %q", watch.seen)
		}
	})
}

// testAlready logs in twice with the same evidence.
func (row standin) testAlready(t *testing.T) {
	row.visit(t, portaltest.Options{}, func(v *visitor) {
		v.login()
		v.record("already")
		v.run(v.pack.Authenticate, flow.Submitted)
		v.probe(probe.VerdictFull)
	})
}

// testExpiry ends the session on the gateway.
func (row standin) testExpiry(t *testing.T) {
	row.visit(t, portaltest.Options{Session: time.Hour}, func(v *visitor) {
		v.login()
		time.Sleep(time.Hour)
		v.probe(probe.VerdictPortal)
		v.record("expiry")
		v.login()
		v.hotspot.Deauth()
		v.probe(probe.VerdictPortal)
		v.login()
	})
}

// testKeepalive sends only keepalives for a day.
func (row standin) testKeepalive(t *testing.T) {
	row.visit(t, portaltest.Options{Idle: row.idle}, func(v *visitor) {
		every := v.login().Every
		if row.idle == 0 {
			every = time.Hour
		} else {
			v.record("keepalive")
		}
		for begin := time.Now(); time.Since(begin) < 24*time.Hour; {
			time.Sleep(every)
			v.captured = v.run(v.pack.Maintain, flow.Submitted).Captures
		}
		if v.hotspot.Captive() {
			t.Error("the session has ended")
		}
		if row.idle > 0 {
			time.Sleep(row.idle)
			v.probe(probe.VerdictPortal)
		}
	})
}

// testLogoff logs off twice: with and without a session.
func (row standin) testLogoff(t *testing.T) {
	row.visit(t, portaltest.Options{}, func(v *visitor) {
		v.login()
		if row.stays {
			v.run(v.pack.Logoff, flow.Unsupported)
			return
		}
		v.record("logoff")
		v.run(v.pack.Logoff, flow.Submitted)
		v.probe(probe.VerdictPortal)
		v.record("logoff-again")
		v.run(v.pack.Logoff, flow.Submitted)
	})
}

// knowTheirPage are the packs whose products have a page that ends a session at an address that is
// known without the session: that of the gateway, or a name of the product or of the operator.
var knowTheirPage = []string{"coovachilli", "iacbox", "meo-wifi", "mikrotik", "opennds", "opnsense", "untangle", "wifionice"}

// testLogoffAnew logs off from a session of which nothing is known but the link, such as one that a
// person began in a browser.
func (row standin) testLogoffAnew(t *testing.T) {
	elsewhere := row.kind == portaltest.KindWifioniceForm // at another host of the operator
	if row.stays || elsewhere || !slices.Contains(knowTheirPage, row.pack) {
		t.Skip("it has no such page")
	}
	row.visit(t, portaltest.Options{}, func(v *visitor) {
		v.login()
		v.captured, v.evidence = nil, probe.Evidence{Verdict: probe.VerdictFull, Link: v.evidence.Link}
		v.run(v.pack.Logoff, flow.Submitted)
		if !v.hotspot.Captive() {
			t.Errorf("the session goes on\n%v", v.hotspot.Log())
		}
	})
}

// Each shipped pack has a stand-in.
func TestEveryPackHasAStandin(t *testing.T) {
	all, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if !slices.ContainsFunc(standins(), func(row standin) bool { return row.pack == p.Name() }) {
			t.Errorf("pack %s has no row in the table standins", p.Name())
		}
	}
}
