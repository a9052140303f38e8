package pack

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
)

// Lint returns what is wrong with a pack that can be loaded anyway: a claim that says
// more than its conditions show, a submission that needs consent to terms which the pack does
// not name, and a host that is a public suffix. The error joins all mistakes.
func (p *Pack) Lint(dir fs.FS) error {
	label := func(file string) string { return path.Join(p.Origin, p.name, file) }
	specs, err := ReadClaims(dir, p.name)
	errs := []error{err}
	for i, spec := range specs {
		if spec.Overclaims() {
			errs = append(errs, fmt.Errorf("%s: claim %d: confidence %q without evidence of the portal: it counts as low; add what only this portal has, such as portal_host or the name of its form in css, or say low", label("pack.toml"), i+1, spec.Confidence))
		}
	}
	flows, err := p.Flows()
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	for _, id := range flows.Authenticate.Pressed() {
		errs = append(errs, fmt.Errorf("%s: step %q: it submits no input of the user's: name the terms that it accepts", label("authenticate.toml"), id))
	}
	for file, f := range map[string]*flow.Flow{"authenticate.toml": flows.Authenticate, "maintain.toml": flows.Maintain, "logoff.toml": flows.Logoff} {
		if f == nil {
			continue
		}
		for _, host := range slices.Concat(f.Hosts(), f.SharedHosts()) {
			if portal.IsPublicSuffix(host) {
				errs = append(errs, fmt.Errorf("%s: host %q is a public suffix, below which anyone may own a name", label(file), host))
			}
		}
	}
	return errors.Join(errs...)
}
