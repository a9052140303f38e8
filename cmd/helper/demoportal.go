package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
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
	kind := portaltest.Kind(o.kind)
	if o.kind == randomKind {
		kind = drawKind(o.seed)
	}
	if !slices.Contains(portaltest.Kinds(), kind) {
		return nil, &failure{code: exitUsage, err: fmt.Errorf("simulate portal: there is no kind %q", o.kind), hint: "'helper demo --help' lists them"}
	}
	authority, err := portaltest.NewAuthority()
	if err != nil {
		return nil, err
	}
	return portaltest.New(portaltest.Options{
		Seed: o.seed, Kind: kind, User: demoUser, PIN: demoPIN, Voucher: demoVoucher,
		Internet: probetest.Internet(), Authority: authority, OnRequest: onRequest,
	}), nil
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
	a.headline("A hotspot on %s: %v", address, hotspot)
	fmt.Fprintf(a.stdout, `  asks for      %s
  lets in       %s with %s; voucher %s
  its page      %s
  with a pack   helper pack run DIR --against %s
  by hand       curl --proxy http://%s --insecure --location --include http://check.test/
  in a browser  with %s as its proxy for http and https
  reset         curl --request POST http://%s/
  ends          with Ctrl-C

`, hotspot.Kind().Asks(), demoUser, demoPIN, demoVoucher, hotspot.PortalURL(), address, address, address, address)
	if !hotspot.Kind().Whole() {
		fmt.Fprintf(a.stdout, "Its pages do not show how to log in: the vendor's scripts do it. See its pack.\n\n")
	}
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
