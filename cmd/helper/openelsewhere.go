package main

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/skip2/go-qrcode"

	"hotspot-helper/internal/proxy"
)

// withoutWindow prints the way to the portal for another program, and waits like a window.
func (s *signIn) withoutWindow(ctx context.Context, p *proxy.Proxy, why error) error {
	if why != nil {
		fmt.Fprintf(s.app.stdout, "No window was opened: %s.\n\n", printable(why.Error()))
	}
	s.app.printWay(s.seen.url, p.Address(), s.link.Interface)
	return s.follow(ctx, nil)
}

// printWay says how another program, or a browser on another computer, gets to a portal.
func (a *app) printWay(url string, at netip.AddrPort, iface string) {
	user := a.getenv("USER")
	if user == "" {
		user = "USER"
	}
	fmt.Fprintf(a.stdout, `Log in with a browser that uses this proxy. It leads over %s, until that reaches the Internet; Ctrl-C ends it.

  open       %s
  proxy      %s (HTTP, HTTPS and SOCKS 5)

From another computer that reaches this one, first:

  ssh -L %d:%s %s@THIS-COMPUTER

and use the proxy 127.0.0.1:%d there.
`, iface, printable(url), at, at.Port(), at, user, at.Port())
	if code, err := qrcode.New(url, qrcode.Low); err == nil && a.terminal {
		fmt.Fprintf(a.stdout, "\nA phone on the same network finds the portal, which may let in only the phone, at:\n\n%s", code.ToSmallString(false))
	}
}
