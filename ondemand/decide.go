package ondemand

import (
	"fmt"

	"hotspot-helper/probe"
)

// Want is what is to become of a tunnel. Of the wants of several links the greatest counts.
type Want uint8

// The wants.
const (
	WantUnknown Want = iota
	WantRelease      // it is stopped if a rule started it
	WantLeave        // it is left as it is
	WantDown         // it is stopped, no matter who started it
	WantUp           // it is started
)

var wantNames = [...]string{"unknown", "release", "leave", "down", "up"}

// String returns the word that JSON, D-Bus and logs use.
func (w Want) String() string {
	if int(w) < len(wantNames) {
		return wantNames[w]
	}
	return fmt.Sprintf("unknown(%d)", uint8(w))
}

// Decision is what the rules say about one link.
type Decision struct {
	Situation Situation
	Rule      *Rule // nil: none holds
	Want      Want  // of the rule's tunnel
	Others    Want  // of every other tunnel
	Why       string
}

// Decide returns what the first rule wants whose conditions all hold.
//
//   - Connect starts its tunnel when the verdict is full, never before. On a portal the tunnel is
//     stopped if a rule started it, unless the rule holds it.
//   - Disconnect stops its tunnel, no matter who started it.
//   - Ignore leaves every tunnel as it is.
//   - Tunnels of other rules, and all if no rule holds, are stopped if a rule started them.
//   - While the link leads nowhere, nothing is stopped except by Disconnect.
func Decide(rules []Rule, s Situation) Decision {
	d := Decision{Situation: s, Want: WantLeave, Others: WantLeave}
	if s.Verdict == probe.VerdictFull || s.Verdict == probe.VerdictPortal {
		d.Others = WantRelease
	}
	for i := range rules {
		if rules[i].When.Misses(s) == "" {
			d.Rule = &rules[i]
			break
		}
	}
	switch {
	case d.Rule == nil:
		d.Want, d.Why = d.Others, "no rule holds"
	case d.Rule.Action == Ignore:
		d.Others, d.Why = WantLeave, "the rule leaves every tunnel as it is"
	case d.Rule.Action == Disconnect:
		d.Want, d.Why = WantDown, "the rule stops it"
	case s.Verdict == probe.VerdictFull:
		d.Want, d.Why = WantUp, "the network leads to the Internet"
	case s.Verdict == probe.VerdictPortal && d.Rule.Hold:
		d.Why = "the network is captive, and the rule holds the tunnel"
	case s.Verdict == probe.VerdictPortal:
		d.Want, d.Why = WantRelease, "the network is captive: it is started after the login"
	default:
		d.Why = fmt.Sprintf("the verdict is %v: it is started when that is full", s.Verdict)
	}
	return d
}

// of returns what the decision wants of a tunnel.
func (d Decision) of(t Tunnel) Want {
	if d.Rule != nil && d.Rule.Action != Ignore && d.Rule.Tunnel.ID() == t.ID() {
		return d.Want
	}
	return d.Others
}

// Wanted is what is to become of one tunnel, and the decision that says so.
type Wanted struct {
	Tunnel   Tunnel
	Want     Want
	Decision Decision
}

// Combine returns what the decisions on all links want of each tunnel, in the order of the tunnels.
// A tunnel that one link wants is up. Without a decision every tunnel is left as it is.
func Combine(tunnels []Tunnel, decisions []Decision) []Wanted {
	var all []Wanted
	for _, t := range tunnels {
		w := Wanted{Tunnel: t, Want: WantLeave}
		for i, d := range decisions {
			if want := d.of(t); i == 0 || want > w.Want {
				w.Want, w.Decision = want, d
			}
		}
		all = append(all, w)
	}
	return all
}

// Tunnels returns the tunnels of rules, each once. Of the commands of one tunnel those count that
// also start it.
func Tunnels(rules []Rule) []Tunnel {
	var all []Tunnel
	at := map[string]int{}
	for _, r := range rules {
		if r.Action == Ignore {
			continue
		}
		id := r.Tunnel.ID()
		switch i, known := at[id]; {
		case !known:
			at[id] = len(all)
			all = append(all, r.Tunnel)
		case len(all[i].Up) == 0:
			all[i] = r.Tunnel
		}
	}
	return all
}
