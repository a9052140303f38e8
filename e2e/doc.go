// Package e2e holds the end-to-end tests: the real helper command against a real openNDS gateway, in network namespaces.
package e2e
