// Package window runs the real helper command and a real browser at simulated hotspots, in network namespaces in which
// nothing but the bound link leads to the portal: the default route goes into a dead tunnel, and the name server of the
// machine lies.
package window
