package flow

import (
	"slices"
	"time"

	"hotspot-helper/internal/strict"
)

// Format is the version of the language, the value of a file's format key.
const Format = 1

// Flow is one login, keepalive or logoff, compiled and checked: running it
// meets no mistake of its author's that the file alone could show. A Flow does
// not change; it may be run many times, also at the same time.
type Flow struct {
	file    string
	hosts   []string
	shared  []string
	inputs  []Input
	steps   []step
	expires *template // nil: the flow does not tell how long the login lasts
	every   time.Duration
	terms   string
}

// Input is a value that the user provides.
type Input struct {
	Name     string
	Prompt   string // what a person is asked for, for example "Card number"
	Secret   bool   // never shown, logged or sent in clear
	Optional bool   // empty where the user gave none
	Default  string // stands in where the user gave none
	// OnDemand says that a login may end well without it: a person is to be asked for it
	// when the flow asks, and not before.
	OnDemand bool
}

// step is one action and what is made of the page that it leads to.
type step struct {
	id        string
	terms     string // accepted by it; empty: none
	action    action
	templates []*template // of the action
	cases     []branch
	expect    []query
	captures  []capture
}

// branch is a case: where all of when hold, the flow ends with the outcome or goes on at another step.
type branch struct {
	when    []query
	outcome Outcome // OutcomeUnknown: a jump
	reason  string
	target  string // id of the step to go to
	next    int    // its index
}

// capture keeps a value of the page under a name.
type capture struct {
	name     string
	query    query
	optional bool
}

// Parse reads a flow and checks it whole; the file's name is for messages. The
// base tells which part of a pack it is, if it is authenticate.toml, maintain.toml or
// logoff.toml: keys of another part are mistakes. The error is [strict.Mistakes]: all that
// is wrong, in the order of the file.
func Parse(file string, data []byte) (*Flow, error) {
	var raw rawFlow
	doc, err := strict.Decode(file, data, &raw)
	if doc == nil {
		return nil, err
	}
	l := &loader{doc: doc, flow: &Flow{file: file}}
	l.load(raw)
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return l.flow, nil
}

// Hosts returns the patterns of the hosts that the flow may talk to, without SharedHosts, for portal.Config.
func (f *Flow) Hosts() []string { return slices.Clone(f.hosts) }

// SharedHosts returns the patterns of the hosts that many networks share, for portal.Config.
func (f *Flow) SharedHosts() []string { return slices.Clone(f.shared) }

// Inputs returns what the flow needs from the user, in the order of the file.
func (f *Flow) Inputs() []Input { return slices.Clone(f.inputs) }

// Every returns how often the flow is to be run to keep a session, 0 where the file does not say.
func (f *Flow) Every() time.Duration { return f.every }

// Terms returns whose terms the flow as a whole accepts in the user's name, empty where it
// accepts none, or only single steps do: see [Step]. It asks for consent by [Env.Terms].
func (f *Flow) Terms() string { return f.terms }

// Captures returns the names that the flow may put into [Result.Captures], sorted.
func (f *Flow) Captures() []string {
	var names []string
	for _, s := range f.steps {
		for _, c := range s.captures {
			names = append(names, c.name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// SessionNames returns the names that the flow reads from [Env.Session], sorted:
// each must be among the Captures of the flow that logs in.
func (f *Flow) SessionNames() []string {
	var names []string
	for _, t := range f.templates() {
		for _, r := range t.refs {
			if r.space == spaceSession {
				names = append(names, r.name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (f *Flow) templates() []*template {
	var all []*template
	for _, s := range f.steps {
		all = append(all, s.templates...)
	}
	if f.expires != nil {
		all = append(all, f.expires)
	}
	return all
}

func (f *Flow) input(name string) (Input, bool) {
	i := slices.IndexFunc(f.inputs, func(in Input) bool { return in.Name == name })
	if i < 0 {
		return Input{}, false
	}
	return f.inputs[i], true
}
