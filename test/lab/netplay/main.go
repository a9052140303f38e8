// Netplay simulates the Internet behind a gateway, and the gateway's portal, for
// measurements: name servers and web servers for every name and address at once. The
// firewall drops packets where the network is to lose them.
package main

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/miekg/dns"

	"hotspot-helper/portal/portaltest"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	flags := flag.NewFlagSet("netplay", flag.ContinueOnError)
	play := flags.String("play", "open", "how HTTP requests are answered: open, redirect, in-place or filter")
	special := flags.String("special", "", "comma-separated `HOSTS` that are in 198.19.0.0/16 instead of 198.18.0.0/16, and redirected by play=filter")
	kind := flags.String("portal", "", "answer as the simulated portal of this `KIND` instead, and after a login as play=open")
	seed := flags.Uint64("seed", 1, "`SEED` of the simulated portal")
	pack := flags.String("pack", "", "`DIR` to write a pack for the simulated portal to")
	authority := flags.String("authority", "", "`FILE` to write the certificate of the authority to; without it HTTPS is refused")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	w := world{}
	for host := range strings.SplitSeq(*special, ",") {
		w[host] = host != ""
	}
	handler, ok := w.plays()[*play]
	if !ok {
		fmt.Fprintf(os.Stderr, "netplay: unknown play %q\n", *play)
		return 2
	}
	guard := func(issue certificates) certificates { return issue }
	if *kind != "" {
		simulated := newHotspot(*kind, *seed)
		handler, guard = simulated, simulated.guarded
		if *pack != "" {
			if err := simulated.writePack(*pack); err != nil {
				fmt.Fprintln(os.Stderr, "netplay:", err)
				return 1
			}
		}
	}
	fmt.Fprintln(os.Stderr, "netplay:", w.serve(handler, *authority, guard))
	return 1
}

// certificates finds the certificate for a connection.
type certificates func(*tls.ClientHelloInfo) (*tls.Certificate, error)

// serve returns when one of the servers ends. The guard may refuse certificates.
func (w world) serve(handler http.Handler, authority string, guard func(certificates) certificates) error {
	ended := make(chan error)
	for _, network := range []string{"udp", "tcp"} {
		server := &dns.Server{Addr: ":53", Net: network, Handler: dns.HandlerFunc(w.resolve)}
		go func() { ended <- fmt.Errorf("serve DNS: %w", server.ListenAndServe()) }()
	}
	web := func(l net.Listener, err error) {
		if err == nil {
			// Closed connections are not logged.
			server := http.Server{Handler: handler, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
			err = server.Serve(l)
		}
		ended <- fmt.Errorf("serve HTTP: %w", err)
	}
	plain, err := new(net.ListenConfig).Listen(context.Background(), "tcp", ":80")
	go web(plain, err)
	if authority != "" {
		issuer, err := portaltest.NewAuthority()
		if err != nil {
			return err
		}
		if err := os.WriteFile(authority, []byte(issuer.PEM()), 0o644); err != nil {
			return fmt.Errorf("publish authority: %w", err)
		}
		secure, err := tls.Listen("tcp", ":443", &tls.Config{GetCertificate: guard(issuer.GetCertificate), MinVersion: tls.VersionTLS12})
		go web(secure, err)
	}
	return <-ended
}
