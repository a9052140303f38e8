package agent_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/agent"
	"hotspot-helper/agent/agenttest"
	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin"
	"hotspot-helper/portal"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

const twinPassword = "0n-c3-upon"

// place is an access point that an interface can join, with the network "Cafe" behind it.
type place struct {
	hotspot *portaltest.Hotspot
	wire    http.RoundTripper // nil: the hotspot's
	mac     string            // of the gateway
}

// twins are a network and an access point that imitates it.
type twins struct {
	genuine, twin place
	helper        plugins.Helper // besides the shipped ones; nil: none
	helperName    string
	given         consent.Given
	what          string // has changed
}

// certified are twins whose certificates are for the same name and of different authorities, both
// of which the client trusts.
func certified(t *testing.T, opts portaltest.Options) twins {
	t.Helper()
	pool := x509.NewCertPool()
	make := func(mac string) place {
		authority, err := portaltest.NewAuthority()
		if err != nil {
			t.Fatal(err)
		}
		pool.AppendCertsFromPEM([]byte(authority.PEM()))
		opts.PIN, opts.Internet, opts.Authority = twinPassword, internet(), authority
		h := portaltest.New(opts)
		wire := h.Transport().(*http.Transport)
		wire.TLSClientConfig = &tls.Config{RootCAs: pool}
		return place{h, wire, mac}
	}
	return twins{
		genuine: make("00:0c:42:00:00:01"), twin: make("00:1b:21:00:00:02"),
		what: "a certificate with another key from another authority, a gateway of another vendor",
	}
}

func certifiedPack(t *testing.T) twins {
	t.Helper()
	w := certified(t, portaltest.Options{Seed: 5, Kind: portaltest.KindCredentials})
	w.helper, w.helperName = vendor(t, w.genuine.hotspot), "vendor"
	return w
}

func certifiedWISPr(t *testing.T) twins {
	t.Helper()
	w := certified(t, portaltest.Options{Seed: 4, Kind: portaltest.KindWISPr})
	w.helper, w.helperName = builtin.NewWISPr("wispr-op", []string{"login.roaming.test"}), "wispr-op"
	return w
}

// plain are a MikroTik that asks for an answer to a challenge and a twin that wants the password.
func plain(t *testing.T) twins {
	t.Helper()
	make := func(kind portaltest.Kind, mac string) place {
		return place{portaltest.New(portaltest.Options{Seed: 5, Kind: kind, PIN: twinPassword, Internet: internet()}), nil, mac}
	}
	return twins{
		genuine: make(portaltest.KindMikrotik, "00:0c:42:00:00:01"), twin: make(portaltest.KindMikrotikPAP, "00:1b:21:00:00:02"),
		helperName: "mikrotik", given: consent.Given{Cleartext: true},
		what: "a gateway of another vendor, another login page",
	}
}

func newTwinStage(t *testing.T, w twins) *stage {
	t.Helper()
	s := newStage(t)
	if w.helper != nil {
		s = newStage(t, plugins.Entry{Helper: w.helper})
	}
	s.settings.Inputs = func(_ plugins.Helper, input string) (portal.Value, bool, error) {
		switch input {
		case "user":
			return portal.Plain("ada"), true, nil
		case "plain":
			return portal.Plain("yes"), true, nil
		}
		return portal.Secret(twinPassword), true, nil
	}
	s.settings.Consent = func(plugins.Helper, wifi.Identity) (consent.Given, error) { return w.given, nil }
	return s
}

// roam makes the interface leave its network and join the same at another access point.
func (s *stage) roam(p place) {
	s.t.Helper()
	s.radio.Kick("wlan0", 2)
	synctest.Wait()
	s.attach("wlan0", p.hotspot)
	delete(s.wires, "wlan0")
	if p.wire != nil {
		s.wires["wlan0"] = p.wire
	}
	link := agenttest.Up("wlan0", p.hotspot.Gateway())
	link.Kind, link.GatewayMACs = agent.KindWifi, []string{p.mac}
	s.links.Set(link)
	synctest.Wait()
	s.radio.Join("wlan0", openNetwork("Cafe"))
}

func postsTo(h *portaltest.Hotspot) (n int) {
	for _, r := range h.Log() {
		if r.Method == http.MethodPost {
			n++
		}
	}
	return n
}

// An access point of the same name and security, with what the user agreed to for that
// network, gets no secret before the user saw what is new and agreed to that. What a secret
// went to outlives a restart.
func TestTwinIsShownBeforeTheSecret(t *testing.T) {
	for name, make := range map[string]func(*testing.T) twins{"certificate": certifiedPack, "WISPr": certifiedWISPr, "cleartext": plain} {
		t.Run(name, func(t *testing.T) { bubble(t, func(t *testing.T) { checkTwin(t, make(t)) }) })
	}
}

func checkTwin(t *testing.T, w twins) {
	s := newTwinStage(t, w)
	s.start()
	defer func() { s.stop() }()
	s.roam(w.genuine)
	s.want("wlan0", 20*time.Second, agent.Authenticated)
	s.stop()
	s.start()
	s.want("wlan0", 20*time.Second, agent.Authenticated)

	s.roam(w.twin)
	as := s.want("wlan0", 20*time.Second, agent.PresentingUI)
	need := as.Need
	if need == nil || need.Kind != agent.NeedChanged || need.Helper != w.helperName || need.Old == nil || need.New == nil || need.Accept == "" {
		t.Fatalf("it needs %+v", need)
	}
	if need.Old.Vendors != "00:0c:42" || need.New.Vendors != "00:1b:21" || need.New.Host == "" || (need.New.Form == "") != (w.helperName == "wispr-op") {
		t.Errorf("it was %+v, it is %+v", need.Old, need.New)
	}
	if last := as.Journal[len(as.Journal)-1]; !strings.Contains(last.Cause, "new is "+w.what) {
		t.Errorf("cause %q", last.Cause)
	}
	time.Sleep(time.Hour)
	if err := s.agent.AcceptChanged(t.Context(), "wlan0", "something else"); err == nil {
		t.Error("it accepts anything")
	}
	if err := s.agent.AcceptChanged(t.Context(), "wlan0", strings.Repeat("0", len(need.Accept))); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Minute)
	s.want("wlan0", 0, agent.PresentingUI)
	// However often it meets the twin, it goes on by itself where the secret went before.
	for range 3 {
		s.roam(w.twin)
		s.want("wlan0", 20*time.Second, agent.PresentingUI)
	}
	w.genuine.hotspot.Deauth()
	s.roam(w.genuine)
	s.want("wlan0", 20*time.Second, agent.Authenticated)
	s.roam(w.twin)
	if as := s.want("wlan0", 20*time.Second, agent.PresentingUI); as.Need == nil || as.Need.Accept != need.Accept {
		t.Errorf("it needs %+v", as.Need)
	}
	if n := postsTo(w.twin.hotspot); n > 0 {
		t.Fatalf("the twin got %d posts", n)
	}

	if err := s.agent.AcceptChanged(t.Context(), "wlan0", need.Accept); err != nil {
		t.Fatal(err)
	}
	s.want("wlan0", 20*time.Second, agent.Authenticated)
	for _, p := range []place{w.genuine, w.twin} {
		p.hotspot.Deauth()
		s.roam(p)
		s.want("wlan0", 20*time.Second, agent.Authenticated)
	}
	checkRemembered(t, s)
}

// checkRemembered checks the file: who can read it, and that it has no secret.
func checkRemembered(t *testing.T, s *stage) {
	t.Helper()
	s.stop()
	info, err := os.Stat(s.memory)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
	data, err := os.ReadFile(s.memory)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Networks map[string]struct{ Sent []agent.Destination }
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	sent := file.Networks["wifi/open/Cafe"].Sent
	if len(sent) < 2 || !sent[0].Accepted.IsZero() || sent[len(sent)-1].Accepted.IsZero() {
		t.Errorf("remembered: %+v", sent)
	}
	if text := string(data) + s.log.String(); strings.Contains(text, twinPassword) {
		t.Errorf("a secret is in the file or the log:\n%s", text)
	}
	s.start()
}

// A first login asks nothing, and neither does another gateway alone or another certificate alone.
func TestWhatIsNoTwin(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := certifiedPack(t)
		s := newTwinStage(t, w)
		s.start()
		defer s.stop()
		s.roam(w.genuine)
		s.want("wlan0", 20*time.Second, agent.Authenticated)
		moved := w.genuine
		moved.mac = w.twin.mac
		moved.hotspot.Deauth()
		s.roam(moved)
		s.want("wlan0", 20*time.Second, agent.Authenticated)
		// What asked nothing is not learned: a twin does not come nearer step by step.
		s.roam(w.twin)
		s.want("wlan0", 20*time.Second, agent.PresentingUI)
		recertified := w.twin
		recertified.mac = w.genuine.mac
		s.roam(recertified)
		s.want("wlan0", 20*time.Second, agent.Authenticated)
	})
}
