package claims

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Preference is what the user and earlier logins say about a network.
type Preference struct {
	Pinned      string // the helper that the user chose
	LastSuccess string // the helper that logged in there last
}

// Sort puts the best claim first: pinned by the user, then logged in here last,
// then confidence, specificity, priority, and the helper's name. Helpers that
// claim nothing come last.
func Sort(claims []Claim, p Preference) {
	slices.SortFunc(claims, func(a, b Claim) int {
		for _, c := range criteria {
			if order := c.compare(a, b, p); order != 0 {
				return order
			}
		}
		return strings.Compare(a.Helper, b.Helper)
	})
}

// Pick returns the best claim above none and why it is the best. The outcome
// depends on the arguments alone, not on their order.
func Pick(claims []Claim, p Preference) (winner Claim, why string, ok bool) {
	eligible := slices.DeleteFunc(slices.Clone(claims), func(c Claim) bool { return c.Confidence == None })
	Sort(eligible, p)
	switch len(eligible) {
	case 0:
		return Claim{}, "no helper claims this network" + unread(claims), false
	case 1:
		return eligible[0], fmt.Sprintf("only %s claims it", eligible[0].Helper), true
	}
	return eligible[0], explain(eligible[0], eligible[1], p), true
}

// unread says why the claims may have missed the portal's page.
func unread(claims []Claim) string {
	for _, c := range claims {
		if c.unread != nil {
			return ": " + c.unread.Error()
		}
	}
	return ""
}

// explain names the first criterion by which the winner beats the runner-up.
func explain(winner, second Claim, p Preference) string {
	for _, c := range criteria {
		if c.compare(winner, second, p) != 0 {
			return fmt.Sprintf("%s over %s: %s", winner.Helper, second.Helper, c.name)
		}
	}
	return fmt.Sprintf("%s over %s: first by name", winner.Helper, second.Helper)
}

// criterion orders two claims; a negative result puts the first one ahead.
type criterion struct {
	name    string
	compare func(a, b Claim, p Preference) int
}

var criteria = [...]criterion{
	{"it claims the network", func(a, b Claim, _ Preference) int {
		return cmp.Compare(min(b.Confidence, Low), min(a.Confidence, Low))
	}},
	{"pinned by the user", func(a, b Claim, p Preference) int { return named(a, b, p.Pinned) }},
	{"logged in here last", func(a, b Claim, p Preference) int { return named(a, b, p.LastSuccess) }},
	{"higher confidence", func(a, b Claim, _ Preference) int { return cmp.Compare(b.Confidence, a.Confidence) }},
	{"more specific rule", func(a, b Claim, _ Preference) int { return cmp.Compare(b.Specificity, a.Specificity) }},
	{"higher priority", func(a, b Claim, _ Preference) int { return cmp.Compare(b.Priority, a.Priority) }},
}

func named(a, b Claim, name string) int {
	switch {
	case name == "" || a.Helper == b.Helper:
		return 0
	case a.Helper == name:
		return -1
	case b.Helper == name:
		return 1
	}
	return 0
}
