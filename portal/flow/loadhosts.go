package flow

import (
	"hotspot-helper/internal/strict"
	"hotspot-helper/portal"
)

// The patterns that a mistake in a host pattern asks for instead.
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
	valid := l.patterns(sharedPath, shared, func(pattern string) portal.Config {
		return portal.Config{Shared: []string{pattern}}
	}, wantShared)
	l.patterns(path, hosts, func(pattern string) portal.Config {
		return portal.Config{Hosts: []string{pattern}, Shared: valid}
	}, wantHost)
}

// patterns returns the valid ones. Package portal alone decides which are, so that a flow
// and its session never differ.
func (l *loader) patterns(path strict.Path, patterns []string, config func(pattern string) portal.Config, want string) (valid []string) {
	for i, pattern := range patterns {
		_, err := portal.NewHostList(config(pattern))
		if err == nil {
			valid = append(valid, pattern)
			continue
		}
		l.wrong(at(path, i), "%v; %s", err, want)
	}
	return valid
}
