package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe/probetest"
)

// randomKind makes --portal choose a kind.
const randomKind = "random"

// portalOptions are the flags of `helper demo --portal`.
type portalOptions struct {
	kind   string // empty: none
	url    string // of an own portal, as clients see it; empty: none
	server string // where its program listens
	listen string
	seed   uint64
}

// portalKinds lists the kinds for the help, and what each asks for.
func portalKinds() string {
	var b strings.Builder
	for _, kind := range portaltest.Kinds() {
		fmt.Fprintf(&b, "  %-21s %s\n", kind, kind.Asks())
	}
	return b.String()
}

// hotspot makes the hotspot that the flags ask for.
func (o portalOptions) hotspot(onRequest func(portaltest.Request)) (*portaltest.Hotspot, error) {
	if o.seed == 0 {
		o.seed = rand.Uint64()
	}
	own, err := o.own()
	if err != nil {
		return nil, &failure{code: exitUsage, err: err, hint: "see 'helper demo --help'"}
	}
	kind := portaltest.Kind(o.kind)
	if o.kind == randomKind {
		kind = drawKind(o.seed)
	}
	if own == nil && !slices.Contains(portaltest.Kinds(), kind) {
		return nil, &failure{code: exitUsage, err: fmt.Errorf("simulate portal: there is no kind %q", o.kind), hint: "'helper demo --help' lists them"}
	}
	authority, err := portaltest.NewAuthority()
	if err != nil {
		return nil, err
	}
	return portaltest.New(portaltest.Options{
		Seed: o.seed, Kind: kind, Own: own, User: demoUser, PIN: demoPIN, Voucher: demoVoucher,
		Internet: probetest.Internet(), Authority: authority, OnRequest: onRequest,
	}), nil
}

// own returns the portal of another program that the flags name; nil: none.
func (o portalOptions) own() (*portaltest.Own, error) {
	if o.url == "" && o.server == "" {
		return nil, nil
	}
	if o.url == "" || o.server == "" || o.kind != "" {
		return nil, errors.New("simulate portal: want --portal, or --portal-url and --portal-server")
	}
	at, err := url.Parse(o.url)
	if err != nil || at.Hostname() == "" || at.Scheme != "http" && at.Scheme != "https" {
		return nil, errors.New("parse --portal-url: want a whole URL such as http://login.acme.test/portal")
	}
	if ip, err := netip.ParseAddr(at.Hostname()); err == nil && ip.IsLoopback() || at.Hostname() == "localhost" {
		return nil, fmt.Errorf("use --portal-url: no portal is at %s: want the host that clients see, such as login.acme.test", at.Hostname())
	}
	if err := checkLoopback(o.server); err != nil {
		return nil, fmt.Errorf("use --portal-server: %w", err)
	}
	return &portaltest.Own{URL: at, Server: netip.MustParseAddrPort(o.server)}, nil
}

// drawKind returns the kind for a seed, among those whose pages show how to log in.
func drawKind(seed uint64) portaltest.Kind {
	kinds := slices.DeleteFunc(portaltest.Kinds(), func(k portaltest.Kind) bool { return !k.Whole() })
	return kinds[rand.New(rand.NewPCG(seed, 1)).IntN(len(kinds))]
}

// checkLoopback refuses an address that other computers can reach: the simulation is not
// hardened.
func checkLoopback(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("parse address: %w", err)
	}
	if !at.Addr().IsLoopback() {
		return fmt.Errorf("use address %s: want a loopback address such as 127.0.0.1:8910", address)
	}
	return nil
}

// servePortal simulates a portal until a signal stops it.
func (a *app) servePortal(ctx context.Context, o portalOptions) error {
	if err := checkLoopback(o.listen); err != nil {
		return &failure{code: exitUsage, err: err}
	}
	hotspot, err := o.hotspot(a.printRequest)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("simulate portal: %w", err)
	}
	a.describePortal(hotspot, l.Addr().String())
	return portaltest.NewSimulator(hotspot).Serve(ctx, l)
}

func (a *app) describePortal(hotspot *portaltest.Hotspot, address string) {
	a.headline("A simulated hotspot on %s: %v", address, hotspot)
	fmt.Fprintf(a.stdout, `  asks for      %s
  accepts       %s
  its page      %s
  with a pack   helper pack run DIR --against %s
  by hand       curl --proxy http://%s --insecure --location --include http://check.test/
  in a browser  with %s as its proxy for http and https
  reset         curl --request POST http://%s/
  ends          with Ctrl-C

`, hotspot.Kind().Asks(), acceptedBy(hotspot.Kind()), hotspot.PortalURL(), address, address, address, address)
	if hotspot.Kind() == portaltest.KindOwn {
		fmt.Fprintf(a.stdout, "A response of its program with the header %[1]s: %[2]s lets the client in, one with %[1]s: %[3]s out.\n\n", portaltest.AccessHeader, portaltest.AccessGranted, portaltest.AccessEnded)
	}
	if !hotspot.Kind().Whole() {
		fmt.Fprintf(a.stdout, "Its pages do not show how to log in: the vendor's scripts do it. See its pack.\n\n")
	}
}

// acceptedBy says what a kind of portal accepts of what it asks for.
func acceptedBy(kind portaltest.Kind) string {
	if kind == portaltest.KindOwn {
		return "what its program accepts"
	}
	asks := kind.Asks()
	var accepted []string
	for _, field := range []struct{ name, value string }{
		{"voucher", demoVoucher}, {"user name", demoUser}, {"card number", demoUser}, {"password", demoPIN}, {"PIN", demoPIN},
	} {
		if strings.Contains(asks, field.name) {
			accepted = append(accepted, field.name+" "+field.value)
		}
	}
	if len(accepted) == 0 {
		return "any answer"
	}
	return strings.Join(accepted, ", ")
}

// printRequest prints a line of the portal's log.
func (a *app) printRequest(r portaltest.Request) {
	fmt.Fprintf(a.stdout, "%s %-4s %s%s", r.Time.Local().Format("15:04:05"), printable(r.Method), printable(r.Host), printable(r.Path))
	if len(r.Fields) > 0 {
		fmt.Fprintf(a.stdout, " [%s]", printable(strings.Join(r.Fields, " ")))
	}
	fmt.Fprintf(a.stdout, "  %s", a.paint(string(r.Decision), 0))
	if r.Detail != "" {
		fmt.Fprintf(a.stdout, ": %s", printable(r.Detail))
	}
	fmt.Fprintln(a.stdout)
}
