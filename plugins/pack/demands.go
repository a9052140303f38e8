package pack

import (
	"cmp"
	"slices"

	"hotspot-helper/portal/flow"
)

// Demands are what a pack wants of the user. An update that wants more needs a new answer.
type Demands struct {
	Hosts  []string `json:"hosts"`            // that its flows talk to
	Shared []string `json:"shared,omitempty"` // and those that many networks share
	Inputs []string `json:"inputs,omitempty"` // that it asks for
	Secret []string `json:"secret,omitempty"` // among them: those that any flow declares secret
	Terms  []string `json:"terms,omitempty"`  // that it asks about

	// Of a live helper: the fields that it computes from secrets, and whether it starts programs of the system.
	SecretFields []string `json:"secret_fields,omitempty"`
	Processes    bool     `json:"processes,omitempty"`

	// Flows are what single flows want, by file name. An earlier version recorded none.
	Flows map[string]FlowDemands `json:"flows,omitempty"`
}

// FlowDemands are what one flow wants. The record of an earlier version lacks some: those were not accepted.
type FlowDemands struct {
	Hosts  []string          `json:"hosts"`
	Shared []string          `json:"shared,omitempty"`
	Terms  map[string]string `json:"terms,omitempty"` // that it names, by step; empty: those of the whole flow

	Inputs    []string              `json:"inputs,omitempty"`    // that it asks for
	Secret    []string              `json:"secret,omitempty"`    // among them: those that it declares secret
	Addresses []string              `json:"addresses,omitempty"` // what it may put in addresses: see [flow.Flow.InAddresses]
	Unnamed   map[string]flow.Press `json:"unnamed,omitempty"`   // steps that press, without terms: see [flow.Flow.UnnamedSteps]
}

// Demands returns what the flows want.
func (f Flows) Demands() Demands {
	d := Demands{Secret: f.secretInputs(), Flows: map[string]FlowDemands{}}
	for file, one := range f.byFile() {
		f := FlowDemands{Hosts: one.Hosts(), Shared: one.SharedHosts(), Terms: one.NamedTerms(), Addresses: one.InAddresses(), Unnamed: one.UnnamedSteps()}
		for _, input := range one.Inputs() {
			f.Inputs = append(f.Inputs, input.Name)
			if input.Secret {
				f.Secret = append(f.Secret, input.Name)
			}
		}
		d.Hosts = append(d.Hosts, f.Hosts...)
		d.Shared = append(d.Shared, f.Shared...)
		d.Terms = append(d.Terms, one.TermsTexts()...)
		d.Inputs, d.Flows[file] = append(d.Inputs, f.Inputs...), f
	}
	for _, list := range []*[]string{&d.Hosts, &d.Shared, &d.Inputs, &d.Terms} {
		tidy(list)
	}
	return d
}

// tidy sorts a list, and removes what is there twice.
func tidy[T cmp.Ordered](list *[]T) {
	slices.Sort(*list)
	*list = slices.Compact(*list)
}

// authenticateFile is the flow that asks for the inputs, as far as a record of an earlier version tells.
const authenticateFile = "authenticate.toml"

// hostsOf returns the hosts that an input may go to: those of the flows that ask for it.
func (d Demands) hostsOf(input string) []string {
	return d.hostsIf(func(file string, f FlowDemands) bool {
		return slices.Contains(f.Inputs, input) || d.isOld() && file == authenticateFile
	})
}

// addressesOf returns the hosts in whose addresses something may be.
func (d Demands) addressesOf(name string) []string {
	return d.hostsIf(func(_ string, f FlowDemands) bool { return slices.Contains(f.Addresses, name) })
}

// hostsIf returns the hosts of some flows.
func (d Demands) hostsIf(isMeant func(file string, f FlowDemands) bool) []string {
	var hosts []string
	for file, f := range d.Flows {
		if isMeant(file, f) {
			hosts = append(hosts, slices.Concat(f.Hosts, f.Shared)...)
		}
	}
	tidy(&hosts)
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

// inAddresses returns what any flow may put in addresses.
func (d Demands) inAddresses() []string {
	var names []string
	for _, f := range d.Flows {
		names = append(names, f.Addresses...)
	}
	tidy(&names)
	return names
}

// unnamed returns the steps of all flows that press, without terms.
func (d Demands) unnamed() map[string]flow.Press {
	steps := map[string]flow.Press{}
	for file, f := range d.Flows {
		for step, press := range f.Unnamed {
			steps[step+" of "+file] = press
		}
	}
	return steps
}

// files returns the flows by file name. What was recorded without flows counts as one.
func (d Demands) files() map[string]FlowDemands {
	if d.Flows == nil {
		return map[string]FlowDemands{"": {Hosts: d.Hosts, Shared: d.Shared}}
	}
	return d.Flows
}

// flow returns what the flow of a file wants. Of a record without flows it may be any.
func (d Demands) flow(file string) FlowDemands {
	if d.Flows == nil {
		return d.files()[""]
	}
	return d.Flows[file]
}
