package record

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/packs"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
)

// sharedPatterns returns the patterns of the hosts that the shipped packs know to be shared by several networks.
var sharedPatterns = sync.OnceValues(func() ([]string, error) {
	all, err := pack.LoadAll(packs.FS(), "built in")
	errs := []error{err}
	var patterns []string
	for _, p := range all {
		flows, err := p.Flows()
		errs = append(errs, err)
		for _, f := range []*flow.Flow{flows.Authenticate, flows.Maintain, flows.Logoff} {
			if f != nil {
				patterns = append(patterns, f.SharedHosts()...)
			}
		}
	}
	slices.Sort(patterns)
	return slices.Compact(patterns), errors.Join(errs...)
})

// moveShared lists the hosts that several networks share apart: what is sent there needs a consent of its own.
func (d *drafter) moveShared() error {
	patterns, err := sharedPatterns()
	if err != nil {
		return fmt.Errorf("read shared hosts: %w", err)
	}
	list, err := portal.NewHostList(portal.Config{Shared: patterns})
	if err != nil {
		return fmt.Errorf("read shared hosts: %w", err)
	}
	isShared := func(host string) bool {
		_, err := list.Check("https://" + host + "/")
		return err == nil
	}
	for _, host := range d.hosts {
		if isShared(host) {
			d.shared = append(d.shared, host)
		}
	}
	d.hosts = slices.DeleteFunc(d.hosts, isShared)
	return nil
}
