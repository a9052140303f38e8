package probe

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Evidence from someone else costs memory in proportion to what a probe makes.
func TestReadEvidenceIsBounded(t *testing.T) {
	many := func(n int, element string) string { return "[" + strings.Repeat(element+",", n-1) + element + "]" }
	for name, text := range map[string]string{
		"hops":              `{"verdict": "portal", "hops": ` + many(5_000_000, "{}") + "}",
		"checks":            `{"verdict": "portal", "checks": ` + many(5_000_000, "{}") + "}",
		"notes":             `{"verdict": "portal", "notes": ` + many(5_000_000, `""`) + "}",
		"a header":          `{"verdict": "portal", "hops": [{"header": {"A": ` + many(5_000_000, `""`) + "}}]}",
		"a few more hops":   `{"verdict": "portal", "hops": ` + many(maxHops+1, "{}") + "}",
		"a few more checks": `{"verdict": "portal", "checks": ` + many(maxReadList+1, "{}") + "}",
		"no verdict":        `{}`,
		"no JSON":           `hops`,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ReadEvidence([]byte(text))
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
			t.Errorf("%s: takes %d bytes", name, took)
		}
	}
	body := strings.Repeat(`,[{"\`, 100_000) // text is no structure
	want := &Evidence{Verdict: VerdictPortal, Hops: []Hop{{URL: "http://a.test/", Body: body}}, Notes: []string{"a"}}
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadEvidence(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Hops, got.Hops); diff != "" {
		t.Error(diff)
	}
}
