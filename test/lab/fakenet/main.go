// Fakenet is the Internet of the lab. It answers every well-known connectivity check as its
// operator does.
package main

import (
	"fmt"
	"net/http"
	"os"
	"time"

	"hotspot-helper/probe/probetest"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	if len(args) != 1 {
		fmt.Fprintln(os.Stderr, "usage: fakenet ADDRESS")
		return 2
	}
	server := http.Server{Addr: args[0], Handler: probetest.Internet(), ReadHeaderTimeout: 10 * time.Second}
	fmt.Fprintln(os.Stderr, "fakenet:", server.ListenAndServe())
	return 1
}
