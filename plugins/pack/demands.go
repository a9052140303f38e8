package pack

import (
	"cmp"
	"slices"
	"strings"

	"hotspot-helper/portal/flow"
)

// Demands are what a pack wants of the user. An update that wants more needs a new answer.
type Demands struct {
	Hosts  []string `json:"hosts"`            // that its flows talk to
	Shared []string `json:"shared,omitempty"` // and those that many networks share
	Inputs []string `json:"inputs,omitempty"` // that it asks for
	Secret []string `json:"secret,omitempty"` // among them: those that every flow declares secret
	Terms  []string `json:"terms,omitempty"`  // that it asks about

	// Of a live helper: the fields that it computes from secrets, and whether it starts programs of the system.
	SecretFields []string `json:"secret_fields,omitempty"`
	Processes    bool     `json:"processes,omitempty"`

	// Flows are what single flows want, by file name. An earlier version recorded none.
	Flows map[string]FlowDemands `json:"flows,omitempty"`
}

// FlowDemands are what one flow wants.
type FlowDemands struct {
	Hosts  []string          `json:"hosts"`
	Shared []string          `json:"shared,omitempty"`
	Terms  map[string]string `json:"terms,omitempty"` // that it names, by step; empty: those of the whole flow

	// An earlier version recorded neither.
	Inputs    []string `json:"inputs,omitempty"`            // that it asks for
	InAddress bool     `json:"secret_in_address,omitempty"` // it may put secrets in addresses
}

// Demands returns what the flows want.
func (f Flows) Demands() Demands {
	d := Demands{Flows: map[string]FlowDemands{}}
	plain := []string{}
	for file, one := range map[string]*flow.Flow{authenticateFile: f.Authenticate, "maintain.toml": f.Maintain, "logoff.toml": f.Logoff} {
		if one == nil {
			continue
		}
		f := FlowDemands{Hosts: one.Hosts(), Shared: one.SharedHosts(), Terms: one.NamedTerms(), InAddress: one.SecretInAddress()}
		d.Hosts = append(d.Hosts, one.Hosts()...)
		d.Shared = append(d.Shared, one.SharedHosts()...)
		d.Terms = append(d.Terms, one.TermsTexts()...)
		for _, input := range one.Inputs() {
			f.Inputs = append(f.Inputs, input.Name)
			if input.Secret {
				d.Secret = append(d.Secret, input.Name)
			} else {
				plain = append(plain, input.Name)
			}
		}
		d.Inputs, d.Flows[file] = append(d.Inputs, f.Inputs...), f
	}
	d.Secret = slices.DeleteFunc(d.Secret, func(name string) bool { return slices.Contains(plain, name) })
	for _, list := range []*[]string{&d.Hosts, &d.Shared, &d.Inputs, &d.Secret, &d.Terms} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return d
}

// Growth is what a version of a pack wants beyond an earlier one.
type Growth struct {
	Hosts  []string // that it talks to now
	Inputs []string // that it asks for now
	Plain  []string // inputs and fields that are not declared secret any more
	Terms  []string // that it does not ask about any more, where it did

	Sends     []string // inputs that it may send to a host now which it sent others to at most, as "NAME to HOST"
	Addresses []string // inputs that it may put in addresses now

	Processes bool // it starts programs of the system now
}

// Beyond returns what the demands have beyond earlier ones.
func (d Demands) Beyond(before Demands) Growth {
	g := Growth{
		Hosts:  slices.Concat(without(d.Hosts, before.Hosts), without(d.Shared, slices.Concat(before.Shared, before.Hosts)), d.unshared(before)),
		Inputs: without(d.Inputs, before.Inputs),
		Terms:  d.dropped(before),

		Addresses: without(d.inAddresses(), before.inAddresses()),

		Processes: d.Processes && !before.Processes,
	}
	for _, name := range without(before.Secret, d.Secret) {
		if slices.Contains(d.Inputs, name) {
			g.Plain = append(g.Plain, name)
		}
	}
	for _, name := range d.Inputs {
		for _, host := range without(d.hostsOf(name), before.hostsOf(name)) {
			if before.Flows != nil && slices.Contains(before.Inputs, name) && !slices.Contains(g.Hosts, host) {
				g.Sends = append(g.Sends, name+" to "+host)
			}
		}
	}
	g.Plain = append(g.Plain, without(before.SecretFields, d.SecretFields)...)
	for _, list := range []*[]string{&g.Hosts, &g.Plain, &g.Terms, &g.Sends, &g.Addresses} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return g
}

// authenticateFile is the flow that asks for the inputs, as far as a record of an earlier version tells.
const authenticateFile = "authenticate.toml"

// hostsOf returns the hosts that an input may go to: those of the flows that ask for it.
func (d Demands) hostsOf(input string) []string {
	var hosts []string
	for file, f := range d.Flows {
		if slices.Contains(f.Inputs, input) || d.isOld() && file == authenticateFile {
			hosts = append(hosts, slices.Concat(f.Hosts, f.Shared)...)
		}
	}
	return hosts
}

// isOld reports whether an earlier version recorded the demands, without the inputs of each flow.
func (d Demands) isOld() bool {
	for _, f := range d.Flows {
		if f.Inputs != nil {
			return false
		}
	}
	return len(d.Inputs) > 0
}

// inAddresses returns the inputs of flows that may put secrets in addresses.
func (d Demands) inAddresses() []string {
	var names []string
	for _, f := range d.Flows {
		if f.InAddress {
			names = append(names, f.Inputs...)
		}
	}
	return names
}

// unshared returns the hosts of a flow that it had not before, if the pack had shared ones: what the flow sends
// to a shared host needs a consent of its own, even if another flow needs none. Patterns
// overlap, so that any shared one may be the same host.
func (d Demands) unshared(before Demands) []string {
	if len(before.Shared) == 0 || before.Flows == nil {
		return nil
	}
	var hosts []string
	for file, now := range d.Flows {
		for _, host := range without(now.Hosts, before.Flows[file].Hosts) {
			if !before.isOwnOfAll(host) {
				hosts = append(hosts, host)
			}
		}
	}
	return hosts
}

// isOwnOfAll reports whether each flow names a host as its own.
func (d Demands) isOwnOfAll(host string) bool {
	for _, f := range d.Flows {
		if !slices.Contains(f.Hosts, host) {
			return false
		}
	}
	return true
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
func (g Growth) None() bool {
	return len(g.Hosts)+len(g.Inputs)+len(g.Plain)+len(g.Terms)+len(g.Sends)+len(g.Addresses) == 0 && !g.Processes
}

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
	if g.Processes {
		parts = append(parts, "it also starts programs of the system")
	}
	return strings.Join(parts, "; ")
}
