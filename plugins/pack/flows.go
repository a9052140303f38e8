package pack

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"hotspot-helper/portal/flow"
)

// Flows are what a pack does, compiled and checked.
type Flows struct {
	Authenticate *flow.Flow
	Maintain     *flow.Flow // nil: the portal needs no keepalive
	Logoff       *flow.Flow // nil: the pack cannot log off
}

// kept are the captures of a login that later flows read.
func (f *Flows) kept() []string {
	var names []string
	for _, later := range []*flow.Flow{f.Maintain, f.Logoff} {
		if later != nil {
			names = append(names, later.SessionNames()...)
		}
	}
	return names
}

// source is a file as it was read: its name for people, and what stood in it.
type source struct {
	label string // empty: there is no such file
	data  []byte
}

// script is the flow files of a pack. They are read with the pack, so that what
// runs is what was there then, and compiled when one is first asked for.
type script struct {
	authenticate, maintain, logoff source

	check func() error // why they are not to be used, though they be right; may be nil
	unfit atomic.Bool  // the check said so

	once  sync.Once
	flows Flows
	err   error
}

func (s *script) compile() (Flows, error) {
	s.once.Do(func() {
		s.flows, s.err = s.parse()
		s.authenticate, s.maintain, s.logoff = source{}, source{}, source{}
		if s.check == nil {
			return
		}
		if err := s.check(); err != nil {
			s.unfit.Store(true)
			s.flows, s.err = Flows{}, errors.Join(s.err, err)
		}
	})
	return s.flows, s.err
}

// parse compiles all flows. The error is all mistakes in all of them.
func (s *script) parse() (flows Flows, err error) {
	var errs []error
	parse := func(file source) *flow.Flow {
		if file.label == "" {
			return nil
		}
		parsed, err := flow.Parse(file.label, file.data)
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		return parsed
	}
	flows = Flows{Authenticate: parse(s.authenticate), Maintain: parse(s.maintain), Logoff: parse(s.logoff)}
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

// sessionNames checks that a flow finds the session values it reads.
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
