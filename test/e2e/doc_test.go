// Package e2e holds the end-to-end tests: the real helper command against a real openNDS gateway, in network namespaces.
//
// They need root and the packages that setup.sh installs. Every test has its own lab: three network namespaces, with the
// same addresses in all labs, so that the tests run in parallel. The helper in it runs as nobody. openNDS's list of
// clients and a curl in the client's namespace decide; the tests compare the helper's output with these.
package e2e
