package main

import (
	"fmt"
	"maps"
	"slices"

	"hotspot-helper/configs"
	"hotspot-helper/plugins"
)

// builtins are the helpers that are not packs: WISPr once for each account of the
// configuration, and the rest.
func builtins(config configs.Config) []plugins.Helper {
	helpers := []plugins.Helper{
		plugins.ClickThrough{},
		plugins.CoovaChilli{},
		plugins.Omada{},
		plugins.NewWISPr(plugins.WISPrName, config.Helpers[plugins.WISPrName].Hosts),
	}
	for _, name := range slices.Sorted(maps.Keys(config.Helpers)) {
		if plugins.IsWISPr(name) && name != plugins.WISPrName {
			helpers = append(helpers, plugins.NewWISPr(name, config.Helpers[name].Hosts))
		}
	}
	return helpers
}

// checkHosts refuses hosts where they mean nothing, and a WISPr account of its own name without any.
func checkHosts(name string, hosts []string) error {
	const at = "read configuration: helper.%s.hosts: "
	switch {
	case !plugins.IsWISPr(name) && len(hosts) > 0:
		return fmt.Errorf(at+"only helpers of WISPr accounts have hosts, [helper.wispr] and [helper.wispr-NAME]", name)
	case plugins.IsWISPr(name) && name != plugins.WISPrName && len(hosts) == 0:
		return fmt.Errorf(at+"is missing: where the account's password may go", name)
	case len(hosts) == 0:
		return nil
	}
	if err := plugins.CheckAccountHosts(hosts); err != nil {
		return fmt.Errorf(at+"%w", name, err)
	}
	return nil
}
