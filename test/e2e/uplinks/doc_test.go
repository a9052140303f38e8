// Package uplinks tests that the helper's packets for a network leave through its interface.
package uplinks
