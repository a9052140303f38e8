// Package e2e holds the end-to-end tests: the real helper command against a real openNDS gateway, in network namespaces.
//
// They need root and the packages that setup.sh installs. Every test has a lab of its own, three network namespaces with
// the same addresses in all labs, so that the tests run side by side; the helper in it runs as nobody. What decides is
// openNDS's list of clients and a curl in the client's namespace; what the helper says is compared with these.
package e2e
