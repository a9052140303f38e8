package web

import (
	"fmt"
	"strings"
	"testing"
)

// worstPages are about the largest trees of 1 MiB within the budget.
func worstPages() map[string]string {
	fill := func(head, unit string) string {
		return head + strings.Repeat(unit, (maxTags-strings.Count(head, "<"))/strings.Count(unit, "<"))
	}
	return map[string]string{
		"siblings": fill("", "<p>"),
		"nested":   fill(strings.Repeat("<div>", 480), "<q></q>"),
		"forms":    fill(strings.Repeat("<form><div></form>", 220), "<p name=accept>"),
		"inputs":   fill("<form>", "<input name=zone>"),
		"text":     strings.Repeat("<div>", 480) + strings.Repeat("text ", 200_000),
		"classes":  "<p class='" + strings.Repeat("x ", 500_000) + "'>",
	}
}

// worstSelectors are what is most work on them, also with thousands of steps.
func worstSelectors() map[string]string {
	return map[string]string{
		"has":       "form:has(input[name=zone]):has(input[name=redirurl]) [name=accept]",
		"not-has":   ":not(:has(a ~ b c)) d",
		"steps":     strings.Repeat("p ", 2000) + "p",
		"siblings":  strings.Repeat("p~", 2000) + "p",
		"any-steps": strings.Repeat("* ", 400) + "q",
		"nth":       "p:nth-last-child(7n + 5)",
		"contains":  "div:contains(nothing)",
		"matches":   "div:matches((t|e|x|t| ){1,150}y)",
		"classes":   strings.Repeat(".x", 2000) + ".y",
		"group":     strings.Repeat("b,", 2000) + "b",
	}
}

// benchUnits is the budget of a query.
const benchUnits = 15_000_000

func BenchmarkSearch(b *testing.B) {
	for pageName, page := range worstPages() {
		root := parsed(b, page)
		for name, text := range worstSelectors() {
			sel := css(b, text)
			b.Run(fmt.Sprintf("%s/%s", pageName, name), func(b *testing.B) {
				b.ReportAllocs()
				spent, end := 0, "found"
				for b.Loop() {
					search := NewSearch(b.Context(), benchUnits)
					search.Matcher(sel).MatchAll(root)
					if spent = benchUnits - search.left; search.Err() != nil {
						end = "ended"
					}
				}
				b.ReportMetric(float64(spent)/1e6, "Munits/"+end)
			})
		}
	}
}

// The work of a pattern is bounded by its instructions and the length of the text.
func BenchmarkPattern(b *testing.B) {
	for name, text := range map[string]string{
		"classes":  `([^"]*x){10}[0-9]`,
		"nested":   "(a*)*(a|b)*(a|b|c)*d",
		"counted":  "(a|b|c|d){60}(a?){60}e",
		"shipped":  `(?i)time left:?(?:</?[a-z][^>]*>|\s)*([0-9]+[hms][0-9hms]*)`,
		"prefixed": `\{[^{}]*"type":\s*"loginProfile"[^{}]*"value":\s*"?([0-9]+)`,
	} {
		pattern, err := new(Patterns).Regexp(text)
		if err != nil {
			b.Fatal(err)
		}
		for unit, page := range map[string]string{"a": "a", "abc": "abc", "time-left": "time left: <a>", "quoted": `{"type": "loginProfile`} {
			body := strings.Repeat(page, min(1<<20, maxPatternWork/pattern.size)/len(page))
			b.Run(name+"/"+unit, func(b *testing.B) {
				for b.Loop() {
					if _, err := NewSearch(b.Context(), 2*maxPatternWork).Submatches(pattern, body, 1000); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(pattern.size), "instructions")
			})
		}
	}
}
