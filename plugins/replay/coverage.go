package replay

import (
	"fmt"

	"hotspot-helper/plugins"
	"hotspot-helper/portal/flow"
)

// Unreached names the steps of a pack, and their cases, that no replay reached. The
// error is that the pack's flows cannot be compiled.
func Unreached(pack *plugins.Pack, outcomes []Outcome) ([]string, error) {
	flows, err := pack.Flows()
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
	}{{FlowAuthenticate, flows.Authenticate}, {FlowMaintain, flows.Maintain}, {FlowLogoff, flows.Logoff}} {
		if f.flow == nil {
			continue
		}
		for _, step := range f.flow.Steps() {
			if !reached[mark{f.name, step.ID, 0}] {
				missing = append(missing, fmt.Sprintf("%s.toml: step %q", f.name, step.ID))
				continue
			}
			for i, when := range step.Cases {
				if !reached[mark{f.name, step.ID, i + 1}] {
					missing = append(missing, fmt.Sprintf("%s.toml: step %q, case %d: %s", f.name, step.ID, i+1, when))
				}
			}
		}
	}
	return missing, nil
}
