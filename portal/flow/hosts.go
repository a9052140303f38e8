package flow

import (
	"errors"
	"fmt"

	"hotspot-helper/internal/strict"
	"hotspot-helper/portal"
)

// What a mistake in a host pattern is told to be in place of.
const (
	wantHost   = "want login.example.com, *.example.com, an address, @start, @gateway or @param:NAME, without scheme, port or path"
	wantShared = "want login.example.com, *.example.com or an address, without scheme, port or path"
)

// hosts loads what the flow may talk to.
func (l *loader) hosts(hosts, shared []string) {
	path, sharedPath := at(nil, "hosts"), at(nil, "shared_hosts")
	if len(hosts)+len(shared) == 0 {
		l.wrong(path, `want hosts = ["login.example.com"]: all hosts that the flow may talk to`)
	}
	if !l.limited(path, len(hosts), maxHosts) || !l.limited(sharedPath, len(shared), maxHosts) {
		return
	}
	l.flow.hosts, l.flow.shared = hosts, shared
	sound := l.patterns(sharedPath, shared, func(pattern string) portal.Config {
		return portal.Config{Shared: []string{pattern}}
	}, wantShared)
	l.patterns(path, hosts, func(pattern string) portal.Config {
		return portal.Config{Hosts: []string{pattern}, Shared: sound}
	}, wantHost)
}

// patterns returns those that are right. Package portal is the judge of them: no second
// opinion on what a flow may talk to.
func (l *loader) patterns(path strict.Path, patterns []string, config func(pattern string) portal.Config, want string) (sound []string) {
	for i, pattern := range patterns {
		_, err := portal.NewReach(config(pattern))
		if err == nil {
			sound = append(sound, pattern)
			continue
		}
		if cause := errors.Unwrap(err); cause != nil {
			err = cause
		}
		l.wrong(at(path, i), "%v", fmt.Errorf("%w; %s", err, want))
	}
	return sound
}
