package pack

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"hotspot-helper/internal/maker"
	"hotspot-helper/internal/web"
	"hotspot-helper/portal/flow"
)

// Flows are the compiled flows of a pack.
type Flows struct {
	Authenticate *flow.Flow
	Maintain     *flow.Flow // nil: the portal needs no keepalive
	Logoff       *flow.Flow // nil: the pack cannot log off
}

// byFile returns the flows that there are, by file name.
func (f *Flows) byFile() map[string]*flow.Flow {
	all := map[string]*flow.Flow{authenticateFile: f.Authenticate, "maintain.toml": f.Maintain, "logoff.toml": f.Logoff}
	maps.DeleteFunc(all, func(_ string, one *flow.Flow) bool { return one == nil })
	return all
}

// kept returns the captures of a login that later flows read.
func (f *Flows) kept() []string {
	var names []string
	for _, later := range []*flow.Flow{f.Maintain, f.Logoff} {
		if later != nil {
			names = append(names, later.SessionNames()...)
		}
	}
	return names
}

// secretInputs returns the inputs that are secret for the whole pack: those that any flow declares secret.
func (f *Flows) secretInputs() []string {
	var names []string
	for _, one := range f.byFile() {
		for _, input := range one.Inputs() {
			if input.Secret {
				names = append(names, input.Name)
			}
		}
	}
	tidy(&names)
	return names
}

// flowFile is the content of a file with a flow.
type flowFile struct {
	label string // its name in messages; empty: there is no such file
	data  []byte
}

// flowFiles are the flows of a pack as files. They are read with the pack, so that later
// changes on the disk have no effect, and compiled at first use.
type flowFiles struct {
	authenticate, maintain, logoff flowFile

	patterns web.Patterns // with those of the claims

	check    func(Flows) (maker.Maker, error) // see [Place.Check]; nil once it was called
	maker    maker.Maker                      // according to check
	rejected atomic.Bool                      // by check

	once  sync.Once
	flows Flows
	err   error
}

func (s *flowFiles) compile() (Flows, error) {
	s.once.Do(func() {
		s.flows, s.err = s.parse()
		s.authenticate, s.maintain, s.logoff = flowFile{}, flowFile{}, flowFile{}
		if s.check == nil || s.err != nil {
			return
		}
		if s.maker, s.err = s.check(s.flows); s.err != nil {
			s.rejected.Store(true)
			s.flows = Flows{}
		}
		s.check = nil // it holds the pack before
	})
	return s.flows, s.err
}

// parse compiles all flows. The error joins all mistakes.
func (s *flowFiles) parse() (flows Flows, err error) {
	var errs []error
	parse := func(kind flow.Kind, file flowFile) *flow.Flow {
		if file.label == "" {
			return nil
		}
		parsed, err := flow.ParseWith(&s.patterns, kind, file.label, file.data)
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		return parsed
	}
	flows = Flows{
		Authenticate: parse(flow.Authenticate, s.authenticate),
		Maintain:     parse(flow.Maintain, s.maintain),
		Logoff:       parse(flow.Logoff, s.logoff),
	}
	if flows.Authenticate != nil {
		errs = append(errs,
			sessionNames(flows.Authenticate, s.maintain.label, flows.Maintain),
			sessionNames(flows.Authenticate, s.logoff.label, flows.Logoff))
	}
	if err := errors.Join(errs...); err != nil {
		return Flows{}, err
	}
	return flows, nil
}

// sessionNames checks that the login captures the session values that a later flow reads.
func sessionNames(login *flow.Flow, label string, later *flow.Flow) error {
	if later == nil {
		return nil
	}
	var errs []error
	for _, name := range later.SessionNames() {
		if !slices.Contains(login.Captures(), name) {
			errs = append(errs, fmt.Errorf("%s: .session.%s is not captured by authenticate.toml", label, name))
		}
	}
	return errors.Join(errs...)
}
