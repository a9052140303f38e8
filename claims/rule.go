package claims

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hotspot-helper/internal/web"
	"hotspot-helper/wifi"
)

// rule is a compiled claim of a pack.
type rule struct {
	confidence Confidence

	number  int    // from 1, as in the file
	keys    string // of its conditions, separated by commas
	network []condition[wifi.Network]
	link    []condition[*Facts]
	page    []condition[hop]

	warnings []string // about its selectors
}

// condition is one condition of a rule. Its check also returns how specific a match is.
type condition[T any] struct {
	check  func(*web.Search, T) (weight int, err error)
	clause func() (clause, bool) // the condition for [Index]; nil or false: the index cannot use it
}

// String names the rule as a person finds it in the pack: `claim 2 (portal_path, css)`.
func (r *rule) String() string {
	return fmt.Sprintf("claim %d (%s)", r.number, r.keys)
}

// byEvidence reports whether the rule can only match on a joined network.
func (r *rule) byEvidence() bool { return len(r.link)+len(r.page) > 0 }

// clauses returns the conditions that the index can use. Each must hold for the rule to match.
func (r *rule) clauses() []clause {
	return appendClauses(appendClauses(nil, r.network), r.page)
}

func appendClauses[T any](clauses []clause, conditions []condition[T]) []clause {
	for _, c := range conditions {
		if c.clause == nil {
			continue
		}
		if one, ok := c.clause(); ok {
			clauses = append(clauses, one)
		}
	}
	return clauses
}

// errNoMatch is the error of a rule or condition that does not hold.
var errNoMatch = errors.New("no match")

// match returns how specifically the rule matches. The error is [errNoMatch], or why the rule
// might match what could not be searched: [web.ErrTooComplex] or [web.ErrTooMuchWork].
func (r *rule) match(search *web.Search, f *Facts) (specificity int, err error) {
	specificity, err = holdAll(search, r.network, f.Network)
	if err != nil || !r.byEvidence() {
		return specificity, err
	}
	link, err := holdAll(search, r.link, f)
	if err != nil {
		return 0, err
	}
	page, err := r.matchPage(search, f)
	return specificity + link + page, err
}

// matchPage looks for one answer on the way to the portal that meets every condition.
func (r *rule) matchPage(search *web.Search, f *Facts) (specificity int, err error) {
	if len(r.page) == 0 {
		return 0, nil
	}
	missing := errNoMatch
	for _, h := range f.hops() {
		weight, err := holdAll(search, r.page, h)
		if err == nil {
			return weight, nil
		}
		if err != errNoMatch { // never wrapped: comparing costs less
			missing = err
		}
	}
	return 0, missing
}

func holdAll[T any](search *web.Search, conditions []condition[T], value T) (total int, err error) {
	for _, c := range conditions {
		weight, err := c.check(search, value)
		if err != nil {
			return 0, err
		}
		total += weight
	}
	return total, nil
}

// Rules are the claims of one helper, in the order of its file.
type Rules struct {
	byName     []*rule
	byEvidence []*rule
}

// Compile is [CompileWith] with patterns of their own.
func Compile(specs []Spec, read func(file string) ([]byte, error)) (*Rules, error) {
	return CompileWith(&web.Patterns{}, specs, read)
}

// CompileWith makes the rules of one helper. It reads each list file that they name by a
// function, and overwrites the bytes that the function returns. The error is [SpecErrors].
func CompileWith(patterns *web.Patterns, specs []Spec, read func(file string) ([]byte, error)) (*Rules, error) {
	rules := &Rules{}
	shared := &shared{patterns: patterns, read: read, lists: map[[2]string]*byteSet{}}
	var errs SpecErrors
	for i, spec := range specs {
		rule, err := spec.compile(i+1, shared)
		switch {
		case err != nil:
			errs = append(errs, SpecError{Number: i + 1, Err: err})
		case rule.byEvidence():
			rules.byEvidence = append(rules.byEvidence, &rule)
		default:
			rules.byName = append(rules.byName, &rule)
		}
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return rules, nil
}

// The kinds of claims.
const (
	KindName   = "name"   // by what a scan shows of a network
	KindPortal = "portal" // by evidence: what the probe saw of the portal
)

// Warnings returns what is no mistake in the rules, but may fail: selectors that are too much
// work on long pages.
func (r *Rules) Warnings() []string {
	var all []string
	for _, rule := range r.byEvidence {
		for _, warning := range rule.warnings {
			all = append(all, fmt.Sprintf("claim %d, css: %s", rule.number, warning))
		}
	}
	return all
}

// Kinds returns what a helper claims by, in the order of the constants.
func (r *Rules) Kinds() []string {
	kinds := []string{}
	if len(r.byName) > 0 {
		kinds = append(kinds, KindName)
	}
	if len(r.byEvidence) > 0 {
		kinds = append(kinds, KindPortal)
	}
	return kinds
}

// SpecError is what is wrong with one claim of a pack.
type SpecError struct {
	Number int // of the claim, from 1
	Err    error
}

// Error names the claim and joins its mistakes on one line.
func (e SpecError) Error() string {
	return fmt.Sprintf("claim %d: %s", e.Number, strings.ReplaceAll(e.Err.Error(), "\n", "; "))
}

// SpecErrors is what is wrong with the claims of a pack, in their order.
type SpecErrors []SpecError

// Error has one claim on each line.
func (e SpecErrors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Claim evaluates the rules. Before a portal is seen, the first rule by name that matches
// decides. Once one is seen, the first rule by evidence that matches decides; if none does,
// the helper declines, regardless of the name. A helper without rules by evidence keeps to its
// rules by name. The caller fills in Helper, Label and Priority. When the context ends
// first, the helper declines with [ReasonLate].
func (r *Rules) Claim(ctx context.Context, f *Facts) Claim {
	if f.Portal() != nil && len(r.byEvidence) > 0 {
		return first(ctx, r.byEvidence, f, "no rule matches what the portal shows")
	}
	if len(r.byName) == 0 {
		return Claim{Reason: ReasonNoPortal}
	}
	return first(ctx, r.byName, f, "no rule matches the name")
}

// maxWork bounds the selectors, patterns and texts of one claim, in the units of [web.Search]: 40 ms.
const maxWork = 4_000_000

// rulesPerCheck is after how many rules that do not match the context is asked again, which
// costs more than most rules.
const rulesPerCheck = 8

func first(ctx context.Context, rules []*rule, f *Facts, otherwise string) Claim {
	search := web.NewSearch(ctx, maxWork)
	var untried error
	for i, rule := range rules {
		specificity, err := rule.match(search, f)
		switch {
		case (err != errNoMatch || i%rulesPerCheck == 0) && ctx.Err() != nil:
			return Claim{Reason: ReasonLate}
		case err == errNoMatch: // never wrapped: comparing costs less
			continue
		case errors.Is(err, web.ErrTooComplex):
			untried = web.ErrTooComplex
			continue
		case errors.Is(err, web.ErrTooMuchWork):
			untried = web.ErrTooMuchWork
			continue
		case err != nil:
			continue
		}
		claim := Claim{Confidence: rule.confidence, Specificity: specificity, Rule: rule.String()}
		if rule.confidence == None {
			claim.Reason = "the rule declines this network"
		}
		return claim
	}
	if untried != nil {
		return Claim{}.Decline(fmt.Errorf("%s; a condition was not tried: %w", otherwise, untried))
	}
	return Claim{Reason: otherwise}
}

// sortedKeys returns the keys in the order in which they are checked and named.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
