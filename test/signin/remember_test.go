// Package signin_test signs in to simulated portals once, as a person does in a real browser, and lets
// what was recorded log in by itself the next time.
package signin_test

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/internal/devtools"
	"hotspot-helper/plugins/record"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe"
)

var (
	seeds = flag.Int("seeds", 4, "how many seeds of the random portal are tried")
	kinds = flag.String("kinds", "opennds-mail,pfsense,meraki", "which kinds of portals are tried, or all")
)

// check is the page that is opened first, and answered by the Internet once the login worked.
const check = "http://check.test/generate_204"

// The texts that the person types. They do not occur elsewhere in the pages.
var who = account{User: "grace.hopper@navy.test", Password: `Nano 11.8"&`, Email: "grace.hopper@navy.test", Voucher: "SEA-HORSE-1906"}

// site is a hotspot that a browser uses as its proxy.
type site struct {
	*portaltest.Hotspot
	address string
}

func newSite(t *testing.T, kind portaltest.Kind, seed uint64) *site {
	t.Helper()
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	h := portaltest.New(portaltest.Options{Seed: seed, Kind: kind, User: who.User, PIN: who.Password, Voucher: who.Voucher, Authority: authority})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: proxied(portaltest.NewSimulator(h)), ReadHeaderTimeout: time.Minute}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) }) // until it is closed
	t.Cleanup(func() {
		_ = server.Close()
		serving.Wait()
	})
	return &site{h, l.Addr().String()}
}

//go:embed md5.js
var md5Script string

// proxied is what a window gets beside the pages: its proxy refuses the address that keeps it from asking its
// maker, and icons and scripts are no pages, for which simulated portals take each request, and some then
// forget the one before.
func proxied(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Hostname() == "0.0.0.0":
			w.WriteHeader(http.StatusForbidden)
		case r.Method == http.MethodConnect:
			pages.ServeHTTP(w, r)
		case r.URL.Path == "/favicon.ico":
			http.NotFound(w, r)
		case r.URL.Path == "/md5.js":
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = io.WriteString(w, md5Script) // errs if the browser hung up
		default:
			pages.ServeHTTP(w, r)
		}
	})
}

// signIn lets a person sign in, and returns what was recorded; an error says why not.
func (s *site) signIn(t *testing.T) (*record.Capture, error) {
	account := who
	if strings.Contains(s.Kind().Asks(), "voucher") {
		account.User = who.Voucher
	}
	c, did, err := startWindow(t, s.address).signIn(t, s, account)
	if err != nil {
		var log strings.Builder
		for _, line := range s.Log() {
			fmt.Fprintf(&log, "%s %s%s %v %s: %s\n", line.Method, line.Host, line.Path, line.Fields, line.Decision, line.Detail)
		}
		t.Logf("%s\n%s", strings.Join(did, "\n"), &log)
	}
	return c, err
}

// signIn lets a person sign in in a new window, and returns what was recorded and what the person did.
func (b *driven) signIn(t *testing.T, s place, account account) (*record.Capture, []string, error) {
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	r := devtools.New(b, check, nil)
	var recording sync.WaitGroup
	recording.Go(func() {
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	defer recording.Wait()
	defer stop()
	p := &person{browser: b, account: account, tried: map[string]int{}}
	b.settle(ctx)
	const most, patience = 10, 4
	for waited := 0; s.Captive() && len(p.did) < most && waited < patience; {
		if !p.step(ctx) {
			waited++ // the page may go on by itself
			b.settle(ctx)
		}
	}
	if s.Captive() {
		return nil, p.did, errNotIn
	}
	b.settle(ctx)
	c, err := r.Capture()
	return c, p.did, err
}

// errNotIn says that the measurement has nothing to remember: the simulated pages lack scripts of the
// vendor, or want what a person cannot give in a headless browser.
var errNotIn = errors.New("the person does not get in")

// subject is a portal that is signed in to.
type subject struct {
	kind portaltest.Kind
	seed uint64
}

func (s subject) String() string { return fmt.Sprintf("%s/%d", s.kind, s.seed) }

func subjects() []subject {
	var list []subject
	for i := range *seeds {
		list = append(list, subject{portaltest.KindAny, uint64(1000 + i)})
	}
	for name := range strings.SplitSeq(*kinds, ",") {
		switch name {
		case "":
		case "all":
			for _, kind := range wholeKinds() {
				list = append(list, subject{kind, 11})
			}
		default:
			list = append(list, subject{portaltest.Kind(name), 11})
		}
	}
	return list
}

// met is what came of the second visit to a portal.
type met struct {
	subject
	login *remembered
	err   error
}

// A person signs in once; the portal forgets it and has other tokens, paths and cookies; what is
// remembered logs in by itself.
func TestRemembered(t *testing.T) {
	require(t)
	var all []met
	for _, s := range subjects() {
		t.Run(s.String(), func(t *testing.T) {
			m := met{subject: s}
			m.login, m.err = m.visitTwice(t)
			all = append(all, m)
			if m.err != nil && m.login != nil {
				t.Logf("%v\nunsure: %s\n%s", m.err, strings.Join(m.login.unsure, "\n"), m.login.text)
			}
		})
	}
	report(t, all)
	claimNoOther(t, all)
}

// visitTwice signs in, and lets what is remembered log in.
func (m *met) visitTwice(t *testing.T) (*remembered, error) {
	s := newSite(t, m.kind, m.seed)
	c, err := s.signIn(t)
	if err != nil {
		return nil, err
	}
	var gotFields []string // hosts that the person's browser sent fields to
	for _, line := range s.Log() {
		if len(line.Fields) > 0 {
			gotFields = append(gotFields, line.Host)
		}
	}
	r, err := remember(t, c)
	if err != nil {
		return nil, err
	}
	s.Deauth()
	var sent sentTo
	err = r.logIn(t, s, &sent)
	for _, host := range sent.hosts {
		if !slices.Contains(gotFields, host) {
			t.Errorf("what was typed goes to %s, and the browser sent fields to %q alone", host, gotFields)
		}
	}
	return r, err
}

// report fails if too few logins are remembered.
func report(t *testing.T, all []met) {
	const least = 90 // percent
	reasons, online, total := strings.Builder{}, 0, 0
	for _, m := range all {
		switch {
		case errors.Is(m.err, errNotIn):
			fmt.Fprintf(&reasons, "%s is left out: %v\n", m, m.err)
			continue
		case m.err == nil:
			online++
		default:
			fmt.Fprintf(&reasons, "%s: %v\n", m, m.err)
		}
		total++
	}
	t.Logf("%d of %d portals let in by themselves\n%s", online, total, &reasons)
	if online*100 < least*total || total == 0 {
		t.Errorf("want %d %%", least)
	}
}

// claimNoOther fails if a remembered login claims the portal of another kind. Some kinds have one page, and differ in what
// comes after it.
func claimNoOther(t *testing.T, all []met) {
	pages := map[subject]string{}
	page := func(e probe.Evidence) string { return e.Hops[len(e.Hops)-1].Body }
	for _, m := range all {
		pages[m.subject] = page(look(t.Context(), newSite(t, m.kind, m.seed)))
	}
	for _, other := range all {
		evidence := look(t.Context(), newSite(t, other.kind, other.seed))
		for _, m := range all {
			if m.login == nil || m.kind == other.kind || pages[m.subject] == page(evidence) {
				continue
			}
			if confidence := m.login.claim(t.Context(), evidence); confidence >= claims.High {
				t.Errorf("%s claims the portal of %s: %v", m, other, confidence)
			}
		}
	}
}
