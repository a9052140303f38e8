package replay

import (
	"fmt"
	"strings"

	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/portal/flow"
)

// Uncovered names the steps and cases of a pack that no replay reached. The error is that of
// compiling the flows.
func Uncovered(p *pack.Pack, outcomes []Outcome) ([]string, error) {
	flows, err := p.Flows()
	if err != nil {
		return nil, err
	}
	reached := map[position]bool{}
	for _, outcome := range outcomes {
		for _, p := range outcome.reached {
			reached[p] = true
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
			missing = append(missing, uncovered(f.name, step, reached)...)
		}
	}
	return missing, nil
}

// uncovered names the step, or those of its cases, that were not reached.
func uncovered(name string, step flow.Step, reached map[position]bool) []string {
	if !reached[position{name, step.ID, 0}] {
		return []string{fmt.Sprintf("%s.toml: step %q", name, step.ID)}
	}
	var missing []string
	for i, when := range step.Cases {
		if !reached[position{name, step.ID, i + 1}] {
			missing = append(missing, fmt.Sprintf("%s.toml: step %q, case %d: %s", name, step.ID, i+1, when))
		}
	}
	for _, closed := range step.Closed {
		key, _, _ := strings.Cut(closed, " ")
		if !reached[position{name, step.ID, closedCase(key)}] {
			missing = append(missing, fmt.Sprintf("%s.toml: step %q, closed: %s", name, step.ID, closed))
		}
	}
	return missing
}

// closedCase is the number that stands for a key of closed, in place of a case's.
func closedCase(key string) int {
	if key == "late" {
		return -2
	}
	return -1
}
