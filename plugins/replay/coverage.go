package replay

import (
	"fmt"

	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/portal/flow"
)

// Uncovered names the steps of a pack, and their cases, that no replay reached. The
// error is that the pack's flows cannot be compiled.
func Uncovered(p *pack.Pack, outcomes []Outcome) ([]string, error) {
	flows, err := p.Flows()
	if err != nil {
		return nil, err
	}
	reached := map[mark]bool{}
	for _, outcome := range outcomes {
		for _, m := range outcome.marks {
			reached[m] = true
		}
	}
	var missing []string
	for _, f := range []struct {
		name string
		flow *flow.Flow
	}{{plugins.FlowAuthenticate, flows.Authenticate}, {plugins.FlowMaintain, flows.Maintain}, {plugins.FlowLogoff, flows.Logoff}} {
		if f.flow == nil {
			continue
		}
		for _, step := range f.flow.Steps() {
			missing = append(missing, unreached(f.name, step, reached)...)
		}
	}
	return missing, nil
}

// unreached names the step of a flow, or those of its cases, that are not among the reached.
func unreached(name string, step flow.Step, reached map[mark]bool) []string {
	if !reached[mark{name, step.ID, 0}] {
		return []string{fmt.Sprintf("%s.toml: step %q", name, step.ID)}
	}
	var missing []string
	for i, when := range step.Cases {
		if !reached[mark{name, step.ID, i + 1}] {
			missing = append(missing, fmt.Sprintf("%s.toml: step %q, case %d: %s", name, step.ID, i+1, when))
		}
	}
	return missing
}
