package probe

import (
	"context"
	"net/netip"
	"slices"
	"time"
)

// Look is what is known of a link that is believed online.
type Look struct {
	Turn   int       // counts the looks at the link: operators are asked in turn
	Online *Evidence // of the last probe with all checks that said full; nil: all checks are asked
	Portal *Evidence // of the last probe that saw the portal; nil: none did
}

// Look finds out whether a link that is believed online still is. It asks one check of one
// operator over each address family that was online, and the captive portal API that the
// link offers. If one of them says anything else, or the check nothing in time, all checks are asked,
// as by [Prober.Probe].
func (p *Prober) Look(ctx context.Context, link Link, before Look) Evidence {
	if evidence, online := p.look(ctx, link, before); online {
		return evidence
	}
	return p.Probe(ctx, link)
}

func (p *Prober) look(ctx context.Context, link Link, before Look) (Evidence, bool) {
	endpoints, err := p.endpoints()
	if err != nil || before.Online == nil || unusable(link) != "" {
		return Evidence{}, false
	}
	candidates := before.candidates(endpoints)
	if len(candidates) == 0 {
		return Evidence{}, false
	}
	reporter := &reporter{onVerdict: p.OnVerdict, logger: p.logger()}
	r := newRun(p, before.narrow(link), time.Now(), reporter)
	defer r.end()
	ctx, cancel := context.WithTimeout(ctx, totalTime)
	defer cancel()
	evidence, online := r.look(ctx, candidates[before.Turn%len(candidates)])
	if online {
		evidence.Link, evidence.Look = link, true
		reporter.report(evidence)
	}
	return evidence, online
}

// candidates returns one check over http of each operator that can tell the Internet from
// the portal: it was not in the way of a filter, and the portal did not let it through. If
// the portal let all through, it returns those as well.
func (l Look) candidates(endpoints []Endpoint) []Endpoint {
	had := func(e *Evidence, operator string, results ...CheckResult) bool {
		return e != nil && slices.ContainsFunc(e.Checks, func(c Check) bool {
			return slices.Contains(results, c.Result) && slices.ContainsFunc(endpoints, func(e Endpoint) bool { return e.Name == c.Endpoint && e.Operator == operator })
		})
	}
	var all, telling []Endpoint
	for _, e := range endpoints {
		known := slices.ContainsFunc(all, func(other Endpoint) bool { return other.Operator == e.Operator })
		if known || e.secure() || e.Decoy || e.Agent == AgentWISPr || had(l.Online, e.Operator, CheckPortal, CheckFailed) {
			continue
		}
		all = append(all, e)
		if !had(l.Portal, e.Operator, CheckOnline) {
			telling = append(telling, e)
		}
	}
	if len(telling) == 0 {
		return all
	}
	return telling
}

// narrow leaves out the addresses of the families that were not online.
func (l Look) narrow(link Link) Link {
	link.Addresses = slices.DeleteFunc(slices.Clone(link.Addresses), func(p netip.Prefix) bool {
		return slices.ContainsFunc(l.Online.Families, func(f FamilyVerdict) bool { return f.Family == familyOf(p.Addr()) && f.Verdict != VerdictFull })
	})
	return link
}

// look asks one check and the API, and reports whether all say that the link is online.
func (r *run) look(ctx context.Context, endpoint Endpoint) (Evidence, bool) {
	r.startChecks(ctx, []Endpoint{endpoint})
	late := time.After(deadTime)
	for r.checksPending() || r.api.pending {
		select {
		case apply := <-r.results:
			apply()
		case <-late:
			r.api.pending = false
			if r.checksPending() {
				return Evidence{}, false
			}
		case <-ctx.Done():
			return Evidence{}, false
		}
		r.drain()
		if r.disagrees() {
			return Evidence{}, false
		}
	}
	if len(r.families) == 0 {
		return Evidence{}, false
	}
	r.updateTimelines()
	return r.evidence(r.conclude()), true
}

func (r *run) checksPending() bool {
	return slices.ContainsFunc(r.families, func(f *familyChecks) bool {
		return slices.ContainsFunc(f.seen.checks, func(c checkState) bool { return c.Result == "" })
	})
}

// disagrees reports whether a check or the API says that the link is not online.
func (r *run) disagrees() bool {
	failed := slices.ContainsFunc(r.families, func(f *familyChecks) bool {
		return slices.ContainsFunc(f.seen.checks, func(c checkState) bool { return c.Result == CheckPortal || c.Result == CheckFailed })
	})
	return failed || r.api.document != nil && r.api.document.Captive
}
