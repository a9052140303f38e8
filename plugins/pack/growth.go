package pack

import (
	"cmp"
	"slices"
	"strings"

	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
)

// Growth is what a version of a pack wants beyond an earlier one.
type Growth struct {
	Hosts  []string // that it talks to now, or that were shared
	Inputs []string // that it asks for now
	Plain  []string // inputs and fields that are not declared secret any more
	Terms  []string // that it does not ask about any more, where it did

	Presses   []string // steps that may press a button now, and name no terms, as "STEP of FILE"
	Sends     []string // inputs that it may send to a host now which it sent others to at most, as "NAME to HOST"
	Addresses []string // inputs that it may put in addresses now, as "NAME to HOST" if it put them in those of other hosts

	Processes bool // it starts programs of the system now
}

// Beyond returns what the demands have beyond earlier ones.
func (d Demands) Beyond(before Demands) Growth {
	g := Growth{
		Hosts:  slices.Concat(without(d.Hosts, before.Hosts), without(d.Shared, slices.Concat(before.Shared, before.Hosts)), d.unshared(before)),
		Inputs: without(d.Inputs, before.Inputs),
		Plain:  d.plain(before),
		Terms:  d.dropped(before),

		Presses:   d.presses(before),
		Addresses: d.addresses(before),

		Processes: d.Processes && !before.Processes,
	}
	for _, name := range d.Inputs {
		for _, host := range without(d.hostsOf(name), before.hostsOf(name)) {
			if before.Flows != nil && slices.Contains(before.Inputs, name) && !slices.Contains(g.Hosts, host) {
				g.Sends = append(g.Sends, name+" to "+host)
			}
		}
	}
	for _, list := range []*[]string{&g.Hosts, &g.Plain, &g.Terms, &g.Presses, &g.Sends} {
		tidy(list)
	}
	return g
}

// plain returns the inputs and fields that were declared secret, by the flow or by any, and are there still.
func (d Demands) plain(before Demands) []string {
	both := func(list, other []string) []string {
		return slices.DeleteFunc(list, func(one string) bool { return !slices.Contains(other, one) })
	}
	names := slices.Concat(both(without(before.Secret, d.Secret), d.Inputs), without(before.SecretFields, d.SecretFields))
	for file, f := range d.Flows {
		names = append(names, both(without(before.Flows[file].Secret, f.Secret), f.Inputs)...)
	}
	return names
}

// addresses returns what may be in the addresses of more hosts.
func (d Demands) addresses(before Demands) []string {
	var shown []string
	for _, name := range d.inAddresses() {
		was := before.addressesOf(name)
		more := without(d.addressesOf(name), was)
		if len(was) == 0 {
			shown, more = append(shown, name), nil
		}
		for _, host := range more {
			shown = append(shown, name+" to "+host)
		}
	}
	return shown
}

// unshared returns the hosts, or patterns of such, that any flow shared with other networks before, and that a flow
// calls its own which did not: what it sends there needs no consent of its own any more.
func (d Demands) unshared(before Demands) []string {
	shared := portal.HostPatterns(before.Shared)
	var hosts []string
	for file, now := range d.files() {
		was := before.flow(file)
		wasOwn, wasShared, isShared := portal.HostPatterns(was.Hosts), portal.HostPatterns(was.Shared), portal.HostPatterns(now.Shared)
		for _, host := range common(portal.HostPatterns(now.Hosts), shared) {
			if !covers(isShared, host) && (covers(wasShared, host) || !covers(wasOwn, host)) {
				hosts = append(hosts, string(host))
			}
		}
	}
	return hosts
}

// common returns what two lists of patterns have in common: where two overlap, the narrower one.
func common(list, other []portal.HostPattern) []portal.HostPattern {
	var both []portal.HostPattern
	for _, a := range list {
		for _, b := range other {
			switch {
			case a.Covers(b):
				both = append(both, b)
			case b.Covers(a):
				both = append(both, a)
			}
		}
	}
	tidy(&both)
	return both
}

func covers(patterns []portal.HostPattern, host portal.HostPattern) bool {
	return slices.ContainsFunc(patterns, func(p portal.HostPattern) bool { return p.Covers(host) })
}

// presses returns the steps that may press a button and name no terms, of a pack that named some before: what those
// were for may have moved there. A step that could do less before is another one.
func (d Demands) presses(before Demands) []string {
	if !slices.ContainsFunc(before.Terms, func(terms string) bool { return terms != flow.UnnamedTerms }) {
		return nil
	}
	var steps []string
	known := before.unnamed()
	for step, press := range d.unnamed() {
		if press > known[step] {
			steps = append(steps, step)
		}
	}
	return steps
}

// dropped returns the named terms that the user is not asked about any more. Where a step has other terms,
// the user is asked about those, unless they were asked about elsewhere before. Terms that
// moved count as dropped only if something is left that names none.
func (d Demands) dropped(before Demands) []string {
	if before.Flows == nil {
		return slices.DeleteFunc(without(before.Terms, d.Terms), func(terms string) bool { return terms == flow.UnnamedTerms })
	}
	var dropped []string
	for file, was := range before.Flows {
		now := d.Flows[file].Terms
		for step, terms := range was.Terms {
			other := cmp.Or(now[step], now[""])
			isAsked := other == terms || other != "" && !slices.Contains(before.Terms, other)
			hasMoved := slices.Contains(d.Terms, terms) && !slices.Contains(d.Terms, flow.UnnamedTerms)
			if !isAsked && !hasMoved {
				dropped = append(dropped, terms)
			}
		}
	}
	return dropped
}

func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(one string) bool { return slices.Contains(other, one) })
}

// None says that nothing was added.
func (g Growth) None() bool { return g.String() == "" }

// String says what was added, in words.
func (g Growth) String() string {
	var parts []string
	add := func(text string, names []string) {
		if len(names) > 0 {
			parts = append(parts, text+" "+strings.Join(names, ", "))
		}
	}
	add("it also talks to", g.Hosts)
	add("it also asks for", g.Inputs)
	add("it also sends", g.Sends)
	add("it puts in addresses, which servers log,", g.Addresses)
	add("it does not treat as secret any more", g.Plain)
	add("it does not ask any more about", g.Terms)
	add("it may press a button, and names no terms, in the step", g.Presses)
	if g.Processes {
		parts = append(parts, "it also starts programs of the system")
	}
	return strings.Join(parts, "; ")
}
