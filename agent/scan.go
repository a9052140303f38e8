package agent

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// claimTime is how long helpers have to answer whether they claim a network.
const claimTime = 2 * time.Second

// scan is the last scan list of an interface.
type scan struct {
	entries []scanEntry
	stop    context.CancelFunc // ends the claims that are under way
}

// scanEntry is a scanned network with the claims by its name.
type scanEntry struct {
	wifi.Network

	claims  []claims.Claim // of the network as it is now, or as it was in an earlier scan
	claimed bool           // they are of the network as it is now
}

// onScan takes a scan list. Networks that are new or different are offered to the
// helpers; the claims of the others stay.
func (a *Agent) onScan(ctx context.Context, iface string, networks []wifi.Network) {
	known := map[wifi.Identity]scanEntry{}
	if last, ok := a.scans[iface]; ok {
		for _, entry := range last.entries {
			known[entry.Identity()] = entry
		}
	}
	entries := make([]scanEntry, len(networks))
	for i, n := range networks {
		last := known[n.Identity()]
		entries[i] = scanEntry{n, last.claims, last.claimed && last.SameOffer(n)}
	}
	a.claimScan(ctx, iface, entries)
}

// claimScansAgain offers all scanned networks: the helpers or the watched links changed.
func (a *Agent) claimScansAgain(ctx context.Context) {
	for iface, last := range a.scans {
		entries := slices.Clone(last.entries)
		for i := range entries {
			entries[i].claimed = false
		}
		a.claimScan(ctx, iface, entries)
	}
}

// claimScan replaces a scan list, and offers the networks without claims to the helpers
// in its own goroutine, all at the same time.
func (a *Agent) claimScan(ctx context.Context, iface string, entries []scanEntry) {
	a.forgetScan(iface)
	asking, stop := context.WithTimeout(ctx, claimTime)
	current := &scan{entries: entries, stop: stop}
	a.scans[iface] = current
	if !a.isScanShown(iface) {
		stop()
		return
	}
	registry := a.settings.Registry
	a.tasks.Go(func() {
		defer stop()
		offered := 0
		claimed := slices.Clone(entries)
		var asked sync.WaitGroup
		for i, entry := range entries {
			if entry.claimed {
				continue
			}
			offered++
			asked.Go(func() { claimed[i].claims, claimed[i].claimed = registry.ClaimScanned(asking, entry.Network), true })
		}
		asked.Wait()
		a.logger.Debug("scan", "interface", iface, "networks", len(entries), "offered", offered)
		a.post(ctx, func(context.Context) {
			if a.scans[iface] == current {
				current.entries = claimed
			}
		})
	})
}

// forgetScan drops the scan list of an interface and ends the claims that are under way.
func (a *Agent) forgetScan(iface string) {
	if last, ok := a.scans[iface]; ok {
		last.stop()
		delete(a.scans, iface)
	}
}

// isScanShown reports whether the networks that an interface scans are shown and offered.
// A radio may report before the interface is known as a link.
func (a *Agent) isScanShown(iface string) bool {
	link, ok := a.links[iface]
	if !ok {
		link = Link{Link: probe.Link{Interface: iface}, Kind: KindWifi}
	}
	return a.settings.Watch(link)
}

// shownScans returns the scanned networks of all watched interfaces.
func (a *Agent) shownScans() []scanEntry {
	var shown []scanEntry
	for _, iface := range slices.Sorted(maps.Keys(a.scans)) {
		if a.isScanShown(iface) {
			shown = append(shown, a.scans[iface].entries...)
		}
	}
	return shown
}
