package agent

import (
	"context"
	"slices"
)

// shownDomains are the search domains of a link as the status shows them: the network gives them, so it
// may repeat a secret in them.
type shownDomains struct {
	of        []string // as the network gives them
	used      redactors
	list      []string // masked with these; nil: not yet
	isMasking bool
}

// showDomains shows the search domains of the link, masked with all secrets that are known. Until they are masked,
// and as long as a stored secret was not looked up, none are shown.
func (a *Agent) showDomains(loop context.Context, as *association) {
	d := &as.domains
	if as.stored == nil && len(a.sendersTo(as)) > 0 {
		d.of, d.list = nil, nil
		return
	}
	if slices.Equal(d.of, as.link.SearchDomains) && len(as.secrets.beyond(d.used)) == 0 {
		return
	}
	d.of, d.used, d.list = as.link.SearchDomains, as.secrets, nil
	switch {
	case len(d.used) == 0:
		d.list = d.of
	case !d.isMasking:
		d.isMasking = true
		a.maskDomains(loop, as)
	}
}

// maskDomains masks the search domains, and again as long as there are others or more secrets by then.
func (a *Agent) maskDomains(loop context.Context, as *association) {
	of, used := as.domains.of, as.domains.used
	a.tasks.Go(func() {
		masked := used.all().list(of)
		a.post(loop, func(loop context.Context) {
			d := &as.domains
			if !slices.Equal(d.of, of) || len(d.used.beyond(used)) > 0 {
				a.maskDomains(loop, as)
				return
			}
			d.isMasking, d.list = false, masked
		})
	})
}

// LinkDomains returns the search domains as the network gives them: for rules, not to be shown. Of a status from
// another process they are those that are shown.
func (s Association) LinkDomains() []string {
	if s.domains == nil {
		return s.Domains
	}
	return s.domains
}
