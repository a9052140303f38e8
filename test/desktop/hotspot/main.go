// Hotspot is the Internet of the desktop's checks: it answers every well-known connectivity check
// as its operator does, also over TLS. A fast portal may stand before it, where a click lets its client
// out. It prints each request that reaches it.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe/probetest"
)

func main() { os.Exit(run(os.Args[1:])) }

// run serves until something breaks. SIGUSR1 makes the portal forget its client.
func run(args []string) int {
	flags := flag.NewFlagSet("hotspot", flag.ContinueOnError)
	captive := flags.Bool("portal", false, "put a portal before the Internet")
	serial := flags.Duration("serial", 0, "have the portal answer one request after the other, each after that `TIME`")
	authority := flags.String("authority", "", "`FILE` to write the certificate of the authority to that signs for every name")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	issuer, err := portaltest.NewAuthority()
	if err == nil {
		err = os.WriteFile(*authority, []byte(issuer.PEM()), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "hotspot:", err)
		return 1
	}
	handler, certificate := probetest.Internet(), issuer.GetCertificate
	if *captive {
		portal := newPortal(handler, *serial)
		go forget(portal)
		handler, certificate = portal, guard(portal, issuer.GetCertificate)
	}
	fmt.Fprintln(os.Stderr, "hotspot:", serve(handler, certificate))
	return 1
}

// certificates finds the certificate for a connection.
type certificates func(*tls.ClientHelloInfo) (*tls.Certificate, error)

func newPortal(internet http.Handler, serial time.Duration) *portaltest.Hotspot {
	return portaltest.New(portaltest.Options{
		Kind: portaltest.KindClick, Seed: 1, Internet: internet, Serial: serial,
		OnRequest: func(r portaltest.Request) {
			fmt.Printf("%s %s %s%s %s %s\n", r.Time.Format("15:04:05.000"), r.Method, r.Host, r.Path, r.Decision, r.Detail)
		},
	})
}

// guard refuses TLS while the client is captive, with whatever certificate.
func guard(portal *portaltest.Hotspot, issue certificates) certificates {
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if portal.Captive() {
			return nil, errors.New("captive")
		}
		return issue(hello)
	}
}

func forget(portal *portaltest.Hotspot) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	for range asked {
		portal.Deauth()
		fmt.Println("the client is forgotten")
	}
}

// serve returns when one of the servers ends.
func serve(handler http.Handler, certificate certificates) error {
	// Closed connections are not logged.
	server := http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	plain, err := new(net.ListenConfig).Listen(context.Background(), "tcp", ":80")
	if err != nil {
		return err
	}
	secure, err := tls.Listen("tcp", ":443", &tls.Config{GetCertificate: certificate, MinVersion: tls.VersionTLS12})
	if err != nil {
		return err
	}
	ended := make(chan error)
	for _, listener := range []net.Listener{plain, secure} {
		go func() { ended <- server.Serve(listener) }()
	}
	return <-ended
}
