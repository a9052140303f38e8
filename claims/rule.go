package claims

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hotspot-helper/wifi"
)

// Rule is one compiled line of a helper's claims.
type Rule struct {
	Confidence Confidence

	number  int // from 1, as in the file
	network []condition[wifi.Network]
	link    []condition[*Facts]
	page    []condition[hop]
}

// condition is one key of a rule with its check, which also tells how specific a match is.
type condition[T any] struct {
	key   string
	check func(context.Context, T) (weight int, ok bool)
	find  func() (way, bool) // how [Index] finds the rule by it; nil or false: it cannot
}

// String names the rule as a person finds it in the pack: `claim 2 (portal_path, css)`.
func (r *Rule) String() string {
	var keys []string
	for _, c := range r.network {
		keys = append(keys, c.key)
	}
	for _, c := range r.link {
		keys = append(keys, c.key)
	}
	for _, c := range r.page {
		keys = append(keys, c.key)
	}
	return fmt.Sprintf("claim %d (%s)", r.number, strings.Join(keys, ", "))
}

// byEvidence says whether the rule can only hold on a joined network.
func (r *Rule) byEvidence() bool { return len(r.link)+len(r.page) > 0 }

// ways are the conditions that the rule can be found by. Each must hold for the rule to match.
func (r *Rule) ways() []way {
	ways := appendWays(nil, r.network)
	return appendWays(ways, r.page)
}

func appendWays[T any](ways []way, conditions []condition[T]) []way {
	for _, c := range conditions {
		if c.find == nil {
			continue
		}
		if w, ok := c.find(); ok {
			ways = append(ways, w)
		}
	}
	return ways
}

// match tells how specifically the rule fits, and whether it does.
func (r *Rule) match(ctx context.Context, f *Facts) (specificity int, ok bool) {
	specificity, ok = holdAll(ctx, r.network, f.Network)
	if !ok || !r.byEvidence() {
		return specificity, ok
	}
	link, ok := holdAll(ctx, r.link, f)
	if !ok {
		return 0, false
	}
	page, ok := r.matchPage(ctx, f)
	return specificity + link + page, ok
}

// matchPage looks for one answer on the way to the portal for which every condition holds.
func (r *Rule) matchPage(ctx context.Context, f *Facts) (specificity int, ok bool) {
	if len(r.page) == 0 {
		return 0, true
	}
	for _, h := range f.hops() {
		if weight, ok := holdAll(ctx, r.page, h); ok {
			return weight, true
		}
	}
	return 0, false
}

func holdAll[T any](ctx context.Context, conditions []condition[T], value T) (total int, ok bool) {
	for _, c := range conditions {
		weight, ok := c.check(ctx, value)
		if !ok {
			return 0, false
		}
		total += weight
	}
	return total, true
}

// Rules are the claims of one helper, in the order of its file.
type Rules struct {
	byName     []*Rule
	byEvidence []*Rule
}

// Compile makes the rules of one helper. The list files that they name are read
// by a function; what it returns is changed. The error is [SpecErrors].
func Compile(specs []Spec, read func(file string) ([]byte, error)) (*Rules, error) {
	rules := &Rules{}
	var errs SpecErrors
	for i, spec := range specs {
		rule, err := spec.compile(i+1, read)
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

// SpecError is what is wrong with one claim of a pack.
type SpecError struct {
	Number int // of the claim, from 1
	Err    error
}

// Error names the claim; several mistakes in it stand on one line.
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

// Claim asks the rules. Before a portal is seen the first rule by name that
// matches decides. Once one is seen the rules by evidence decide: the first that
// matches, up or down; and where there are some but none matches, the helper
// declines, whatever the name. Rules by name alone stand when the helper has no others.
// Helper, Label and Priority are for the caller to fill in. When the context ends the rules
// decline with [ReasonLate].
func (r *Rules) Claim(ctx context.Context, f *Facts) Claim {
	if f.captive() && len(r.byEvidence) > 0 {
		return first(ctx, r.byEvidence, f, "no rule matches what the portal shows")
	}
	if len(r.byName) == 0 {
		return Claim{Reason: "claims by evidence only, and no portal was seen"}
	}
	return first(ctx, r.byName, f, "no rule matches the name")
}

func first(ctx context.Context, rules []*Rule, f *Facts, otherwise string) Claim {
	for _, rule := range rules {
		specificity, ok := rule.match(ctx, f)
		switch {
		case ctx.Err() != nil:
			return Claim{Reason: ReasonLate}
		case !ok:
			continue
		}
		claim := Claim{Confidence: rule.Confidence, Specificity: specificity, Rule: rule.String()}
		if rule.Confidence == None {
			claim.Reason = "the rule declines this network"
		}
		return claim
	}
	return Claim{Reason: otherwise}
}

// anyOf says whether some value holds.
func anyOf[T any](values []T, holds func(T) bool) bool { return slices.ContainsFunc(values, holds) }

func matchesAny(patterns []pattern, text string) bool {
	return anyOf(patterns, func(p pattern) bool { return p.matches(text) })
}

// heaviest is the weight of the most specific pattern that matches.
func heaviest(patterns []pattern, text string) (weight int, ok bool) {
	for _, p := range patterns {
		if p.matches(text) {
			weight, ok = max(weight, patternWeights[p.kind]), true
		}
	}
	return weight, ok
}

// sortedKeys is the order in which a map's keys are checked and named.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
