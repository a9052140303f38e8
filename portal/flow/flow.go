package flow

import (
	"fmt"
	"slices"
	"time"

	"hotspot-helper/internal/strict"
	"hotspot-helper/internal/web"
)

// Format is the version of the language, the value of a file's format key.
const Format = 1

// Flow is a compiled and checked login, keepalive or logoff. It is immutable, so several
// goroutines may run it at the same time.
type Flow struct {
	kind    Kind
	file    string // its name in messages
	hosts   []string
	shared  []string
	inputs  []Input
	steps   []step
	expires *template // nil: how long the login lasts is not known
	every   time.Duration
	terms   string

	secretInAddress bool // templates of URLs may read secrets

	warnings []string
}

// Input is a value that the user provides.
type Input struct {
	Name     string
	Prompt   string // the question to the user, for example "Card number"
	Secret   bool   // never shown, logged or sent in clear
	Optional bool   // may be empty
	Default  string // if the user gives none
	// OnDemand means that a login may succeed without the input: the user is asked for it
	// only when the flow needs it.
	OnDemand bool
}

// step is an action and the evaluation of the resulting page.
type step struct {
	id        string
	terms     string // accepted by it; empty: none
	action    action
	templates []*template // of the action
	tests     []*template // of queries
	cases     []branch
	expect    []query
	captures  []capture
	target    string  // id of the step that comes next; empty: the one below
	next      int     // its index; that of no step: the flow ends
	closed    *closed // nil: a connection that is closed without an answer fails the step
}

// branch is a case: if all queries hold, the flow ends with the outcome or jumps to a step.
type branch struct {
	when    []query
	outcome Outcome // OutcomeUnknown: a jump
	cause   Cause
	reason  string
	after   *template // of Later: when another attempt may work; nil: not known
	target  string    // id of the step to jump to
	next    int       // its index
}

// closed is where a step goes on if the connection is closed without an answer.
type closed struct {
	target, late   string // ids of steps; late: if that took closedLate or longer
	next, nextLate int    // their indexes
}

// capture names a value of the page.
type capture struct {
	name     string
	query    query
	optional bool
}

// Kind is what a flow is for in its pack. It decides which keys are allowed and when a
// submission needs consent.
type Kind uint8

// The kinds of flow.
const (
	AnyKind      Kind = iota // every key is allowed
	Authenticate             // authenticate.toml
	Maintain                 // maintain.toml
	Logoff                   // logoff.toml
)

var kindFiles = [...]string{"any flow", authenticateFile, maintainFile, logoffFile}

// String returns the name of the kind's file in a pack.
func (k Kind) String() string {
	if int(k) < len(kindFiles) {
		return kindFiles[k]
	}
	return fmt.Sprintf("unknown(%d)", uint8(k))
}

// ParseWith compiles and checks a flow; messages name the file. Its patterns take from the budget of its pack. The error
// is [strict.Mistakes]: all mistakes, in the order of the file.
func ParseWith(patterns *web.Patterns, kind Kind, file string, data []byte) (*Flow, error) {
	var raw rawFlow
	doc, err := strict.Decode(file, data, &raw)
	if doc == nil {
		return nil, err
	}
	l := &loader{doc: doc, budget: patterns, flow: &Flow{kind: kind, file: file}}
	l.load(raw)
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return l.flow, nil
}

// Warnings returns what is no mistake in the file, but may fail: selectors that are too much
// work on long pages.
func (f *Flow) Warnings() []string { return slices.Clone(f.warnings) }

// Hosts returns the host patterns of the flow, for portal.Config.
func (f *Flow) Hosts() []string { return slices.Clone(f.hosts) }

// SharedHosts returns the patterns of shared hosts, for portal.Config.
func (f *Flow) SharedHosts() []string { return slices.Clone(f.shared) }

// Inputs returns the inputs in the order of the file.
func (f *Flow) Inputs() []Input { return slices.Clone(f.inputs) }

// Every returns the interval of the keepalive, 0 if the file has none.
func (f *Flow) Every() time.Duration { return f.every }

// Terms returns the terms that the whole flow accepts in the user's name, "" if only single
// steps do, or none: see [Step]. [Env.Terms] gives the consent.
func (f *Flow) Terms() string { return f.terms }

// NamedTerms returns the terms that the flow names, by the ID of the step; empty: those of the whole flow.
func (f *Flow) NamedTerms() map[string]string {
	named := map[string]string{}
	if f.terms != "" {
		named[""] = f.terms
	}
	for _, s := range f.steps {
		if s.terms != "" {
			named[s.id] = s.terms
		}
	}
	return named
}

// TermsTexts returns all texts that [Env.Terms] may be asked about, sorted.
func (f *Flow) TermsTexts() []string {
	var texts []string
	if f.terms != "" {
		texts = append(texts, f.terms)
	}
	for _, s := range f.steps {
		if s.terms != "" {
			texts = append(texts, s.terms)
		}
	}
	if f.asksUnnamed() {
		texts = append(texts, UnnamedTerms)
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// Captures returns the names in [Result.Captures], sorted.
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

// SessionNames returns the names that the flow reads from [Env.Session], sorted. Each must
// be a capture of the login.
func (f *Flow) SessionNames() []string {
	var names []string
	for _, t := range f.templates() {
		for _, r := range t.refs {
			if r.space == spaceSession {
				names = append(names, r.name)
			}
		}
	}
	for _, q := range f.queries() {
		if source, ok := q.source.(sessionSource); ok {
			names = append(names, source.name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (f *Flow) templates() []*template {
	var all []*template
	for _, s := range f.steps {
		all = slices.Concat(all, s.templates, s.tests)
		for _, b := range s.cases {
			if b.after != nil {
				all = append(all, b.after)
			}
		}
	}
	if f.expires != nil {
		all = append(all, f.expires)
	}
	return all
}

// queries returns the queries of cases and expectations.
func (f *Flow) queries() []query {
	var all []query
	for _, s := range f.steps {
		all = append(all, s.expect...)
		for _, b := range s.cases {
			all = append(all, b.when...)
		}
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
