package claims

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/internal/web"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

func TestPick(t *testing.T) {
	t.Parallel()
	claim := func(name string, c Confidence, specificity, priority int) Claim {
		return Claim{Helper: name, Confidence: c, Specificity: specificity, Priority: priority}
	}
	tests := []struct {
		name   string
		claims []Claim
		prefer Preference
		want   string
		why    string
	}{
		{"none", []Claim{claim("a", None, 9, 9)}, Preference{}, "", "no helper claims this network"},
		{"unread", []Claim{claim("a", None, 9, 9), Claim{Helper: "b"}.Decline(fmt.Errorf("no rule matches; a condition was not tried: %w", web.ErrTooComplex))}, Preference{}, "", "no helper claims this network: page too complex"},
		{"a reason with the same words", []Claim{{Helper: "b", Reason: "the rule page too complex declines"}}, Preference{}, "", "no helper claims this network"},
		{"only one", []Claim{claim("a", Low, 0, 0), claim("b", None, 0, 0)}, Preference{}, "a", "only a claims it"},
		{"pin beats all", []Claim{claim("a", Low, 0, 0), claim("b", High, 9, 9)}, Preference{Pinned: "a", LastSuccess: "b"}, "a", "a over b: pinned by the user"},
		{"a pin on one that declines is no claim", []Claim{claim("a", None, 0, 0), claim("b", Low, 0, 0)}, Preference{Pinned: "a"}, "b", "only b claims it"},
		{"last success beats confidence", []Claim{claim("a", Low, 0, 0), claim("b", High, 9, 9)}, Preference{LastSuccess: "a"}, "a", "a over b: logged in here last"},
		{"confidence beats specificity", []Claim{claim("a", Medium, 99, 9), claim("b", High, 0, 0)}, Preference{}, "b", "b over a: higher confidence"},
		{"specificity beats priority", []Claim{claim("a", High, 1, 9), claim("b", High, 2, 0)}, Preference{}, "b", "b over a: more specific rule"},
		{"priority beats name", []Claim{claim("a", High, 1, 0), claim("b", High, 1, 1)}, Preference{}, "b", "b over a: higher priority"},
		{"name decides", []Claim{claim("b", High, 1, 1), claim("a", High, 1, 1)}, Preference{}, "a", "a over b: first by name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for range 20 {
				rand.Shuffle(len(tt.claims), func(i, j int) { tt.claims[i], tt.claims[j] = tt.claims[j], tt.claims[i] })
				winner, why, ok := Pick(tt.claims, tt.prefer)
				if winner.Helper != tt.want || why != tt.why || ok != (tt.want != "") {
					t.Fatalf("got %q (%s), want %q (%s)", winner.Helper, why, tt.want, tt.why)
				}
			}
		})
	}
}

func TestSortPutsDecliningLast(t *testing.T) {
	t.Parallel()
	list := []Claim{{Helper: "a"}, {Helper: "b", Confidence: Low}, {Helper: "c"}, {Helper: "d", Confidence: High}}
	Sort(list, Preference{Pinned: "c"})
	var names []string
	for _, c := range list {
		names = append(names, c.Helper)
	}
	if diff := cmp.Diff([]string{"d", "b", "c", "a"}, names); diff != "" {
		t.Error(diff)
	}
}

// The pack of an operator, which names its host, beats that of a product, which knows more of
// the page and claims all hosts of a cloud.
func TestExactHostBeatsWildcard(t *testing.T) {
	facts := NewFacts(wifi.Network{}, &probe.Evidence{
		Verdict: probe.VerdictPortal, PortalURL: "https://cafe.cloud.test/login",
		Hops: []probe.Hop{{URL: "https://cafe.cloud.test/login", Status: 200, Header: http.Header{"X-Product": {"Portal 9"}}, Body: `<form id=login>`}},
	})
	claimOf := func(name string, spec Spec) Claim {
		rules, err := Compile([]Spec{spec}, nil)
		if err != nil {
			t.Fatal(err)
		}
		claim := rules.Claim(t.Context(), facts)
		claim.Helper = name
		return claim
	}
	product := claimOf("a-product", Spec{Confidence: "high", PortalHost: []string{"*.cloud.test"}, PortalPath: []string{"/login"}, Header: map[string]string{"X-Product": "Portal *"}, CSS: []string{"form#login"}, Status: []int{200}})
	operator := claimOf("operator", Spec{Confidence: "high", PortalHost: []string{"other.test", "cafe.cloud.test"}})
	if winner, why, ok := Pick([]Claim{product, operator}, Preference{}); !ok || winner.Helper != "operator" || why != "operator over a-product: more specific rule" {
		t.Errorf("%s: %s", winner.Helper, why)
	}
}
