// Netplay plays the whole Internet behind a gateway, and the gateway's portal, for
// measurements: name servers and web servers for every name and address at once. Where
// packets get lost is for the firewall to say.
package main

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/miekg/dns"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	flags := flag.NewFlagSet("netplay", flag.ContinueOnError)
	var w world
	flags.StringVar(&w.portal, "portal", "10.7.7.1", "`ADDRESS` of the portal")
	play := flags.String("play", "open", "what becomes of HTTP requests: open, redirect, in-place or filter")
	special := flags.String("special", "", "comma-separated `HOSTS` that are in 198.19.0.0/16 instead of 198.18.0.0/16, and redirected by play=filter")
	authority := flags.String("authority", "", "`FILE` to write the certificate of the authority to; without it nobody listens for HTTPS")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	w.special = map[string]bool{}
	for host := range strings.SplitSeq(*special, ",") {
		w.special[host] = host != ""
	}
	handler, ok := w.plays()[*play]
	if !ok {
		fmt.Fprintf(os.Stderr, "netplay: unknown play %q\n", *play)
		return 2
	}
	fmt.Fprintln(os.Stderr, "netplay:", w.serve(handler, *authority))
	return 1
}

// serve returns when one of the servers ends.
func (w *world) serve(handler http.Handler, authority string) error {
	ended := make(chan error)
	for _, network := range []string{"udp", "tcp"} {
		server := &dns.Server{Addr: ":53", Net: network, Handler: dns.HandlerFunc(w.resolve)}
		go func() { ended <- fmt.Errorf("serve DNS: %w", server.ListenAndServe()) }()
	}
	web := func(l net.Listener, err error) {
		if err == nil {
			// A client that goes away is no news.
			server := http.Server{Handler: handler, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(nobody{}, "", 0)}
			err = server.Serve(l)
		}
		ended <- fmt.Errorf("serve HTTP: %w", err)
	}
	plain, err := new(net.ListenConfig).Listen(context.Background(), "tcp", ":80")
	go web(plain, err)
	if authority != "" {
		certificates, err := newAuthority(authority)
		if err != nil {
			return err
		}
		secure, err := tls.Listen("tcp", ":443", &tls.Config{GetCertificate: certificates.issue, MinVersion: tls.VersionTLS12})
		go web(secure, err)
	}
	return <-ended
}

// nobody reads the log.
type nobody struct{}

func (nobody) Write(p []byte) (int, error) { return len(p), nil }
