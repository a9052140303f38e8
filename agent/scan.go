package agent

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/plugins"
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

	claims  []claims.Claim
	claimed bool // the claims are in
}

// onScan takes a scan list. Networks that are new or different are offered to the
// helpers; the claims of the others stay.
func (a *Agent) onScan(ctx context.Context, iface string, networks []wifi.Network) {
	known := map[wifi.SSID]scanEntry{}
	if last, ok := a.scans[iface]; ok {
		for _, entry := range last.entries {
			known[entry.SSID] = entry
		}
	}
	entries := make([]scanEntry, len(networks))
	for i, n := range networks {
		if entries[i].Network = n; known[n.SSID].SameOffer(n) {
			entries[i].claims, entries[i].claimed = known[n.SSID].claims, known[n.SSID].claimed
		}
	}
	a.forgetScan(iface)
	a.scans[iface] = &scan{entries: entries, stop: func() {}}
	if a.isScanShown(iface) {
		a.claimScan(ctx, iface)
	}
}

// claimScan offers the networks that have no claims yet to the helpers.
func (a *Agent) claimScan(ctx context.Context, iface string) {
	current := a.scans[iface]
	current.stop()
	var offered []wifi.Network
	for _, entry := range current.entries {
		if !entry.claimed {
			offered = append(offered, entry.Network)
		}
	}
	a.logger.Debug("scan", "interface", iface, "networks", len(current.entries), "offered", len(offered))
	if len(offered) == 0 {
		return
	}
	asking, stop := context.WithTimeout(ctx, claimTime)
	current.stop = stop
	registry := a.settings.Registry
	a.tasks.Go(func() {
		defer stop()
		made := claimAll(asking, registry, offered)
		a.post(ctx, func(context.Context) {
			if a.scans[iface] == current && a.settings.Registry == registry {
				current.entries = withClaims(current.entries, made)
			}
		})
	})
}

// claimAll asks for the claims of several networks at the same time.
func claimAll(ctx context.Context, registry *plugins.Registry, networks []wifi.Network) map[wifi.SSID][]claims.Claim {
	made := make([][]claims.Claim, len(networks))
	var all sync.WaitGroup
	for i, n := range networks {
		all.Go(func() { made[i] = registry.ClaimScanned(ctx, n) })
	}
	all.Wait()
	bySSID := map[wifi.SSID][]claims.Claim{}
	for i, n := range networks {
		bySSID[n.SSID] = made[i]
	}
	return bySSID
}

// withClaims returns the entries with claims filled in. Readers share the old ones.
func withClaims(entries []scanEntry, made map[wifi.SSID][]claims.Claim) []scanEntry {
	entries = slices.Clone(entries)
	for i, entry := range entries {
		if list, ok := made[entry.SSID]; ok {
			entries[i].claims, entries[i].claimed = list, true
		}
	}
	return entries
}

// claimScansAgain offers every scanned network, for helpers or what is watched changed.
func (a *Agent) claimScansAgain(ctx context.Context) {
	for iface, current := range a.scans {
		networks := make([]wifi.Network, len(current.entries))
		for i, entry := range current.entries {
			networks[i] = entry.Network
		}
		a.forgetScan(iface)
		a.onScan(ctx, iface, networks)
	}
}

// forgetScan drops the scan list of an interface and ends the claims that are under way.
func (a *Agent) forgetScan(iface string) {
	if current, ok := a.scans[iface]; ok {
		current.stop()
		delete(a.scans, iface)
	}
}

// isScanShown says whether the networks that an interface scans are shown and offered.
// A radio may report before the interface is known as a link.
func (a *Agent) isScanShown(iface string) bool {
	link, ok := a.links[iface]
	if !ok {
		link = Link{Link: probe.Link{Interface: iface}, Kind: KindWifi}
	}
	return a.settings.Watch(link)
}

// shownScans returns the scanned networks of all interfaces that are watched.
func (a *Agent) shownScans() []scanEntry {
	var shown []scanEntry
	for _, iface := range slices.Sorted(maps.Keys(a.scans)) {
		if a.isScanShown(iface) {
			shown = append(shown, a.scans[iface].entries...)
		}
	}
	return shown
}
