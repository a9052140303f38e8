// Package uplinks proves that what the helper sends for one network leaves by that network's interface.
package uplinks
