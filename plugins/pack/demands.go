package pack

import (
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
}

// Demands returns what the flows want.
func (f Flows) Demands() Demands {
	var d Demands
	plain := []string{}
	for _, one := range []*flow.Flow{f.Authenticate, f.Maintain, f.Logoff} {
		if one == nil {
			continue
		}
		d.Hosts = append(d.Hosts, one.Hosts()...)
		d.Shared = append(d.Shared, one.SharedHosts()...)
		d.Terms = append(d.Terms, one.TermsTexts()...)
		for _, input := range one.Inputs() {
			d.Inputs = append(d.Inputs, input.Name)
			if input.Secret {
				d.Secret = append(d.Secret, input.Name)
			} else {
				plain = append(plain, input.Name)
			}
		}
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
	Plain  []string // inputs that are not declared secret any more
	Terms  []string // that it does not ask about any more
}

// Beyond returns what the demands have beyond earlier ones.
func (d Demands) Beyond(before Demands) Growth {
	g := Growth{
		Hosts:  slices.Concat(without(d.Hosts, before.Hosts), without(d.Shared, slices.Concat(before.Shared, before.Hosts))),
		Inputs: without(d.Inputs, before.Inputs),
	}
	for _, name := range without(before.Secret, d.Secret) {
		if slices.Contains(d.Inputs, name) {
			g.Plain = append(g.Plain, name)
		}
	}
	if len(d.Terms) < len(before.Terms) { // else their texts changed, about which the user is asked anyway
		g.Terms = without(before.Terms, d.Terms)
	}
	return g
}

func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(one string) bool { return slices.Contains(other, one) })
}

// None says that nothing was added.
func (g Growth) None() bool { return len(g.Hosts)+len(g.Inputs)+len(g.Plain)+len(g.Terms) == 0 }

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
	add("it does not treat as secret any more", g.Plain)
	add("it does not ask any more about", g.Terms)
	return strings.Join(parts, "; ")
}
