package flow

import (
	"strings"
	"testing"
	"time"
)

// Queries are fast on pages of repeated prefixes: no deadline interrupts a query.
func TestQueriesTakeNoTime(t *testing.T) {
	const size, most = 1 << 17, 3 * time.Second
	units := []string{
		"<div>", "<p>a", "<form><input name=a>", "<a><b>", "<table><tr>", "<select><option>", "<a href=x>", "<",
		"<script>x=", "x=", "x(", "x((", "x=[", "{x:", "'", "`", "/", "{", "[", `{"a":`, "%", "(",
	}
	for _, query := range []string{
		`{ css = "div p:has(b)" }`, `{ css = "form", text = "x" }`, `{ script = "x" }`, `{ script = "x", matches = "y" }`,
		`{ json = "a" }`, `{ json = "a", decode = ["jsonp", "percent"] }`, `{ xml = "a" }`, `{ wispr = "LoginURL" }`, `{ regex = "(a+)+b" }`,
	} {
		for _, unit := range units {
			for _, before := range []string{"", "<script>"} {
				body := before + strings.Repeat(unit, size/len(unit))
				began := time.Now()
				ask(t, html200(body), query)
				if took := time.Since(began); took > most {
					t.Errorf("%s of %s%s…: took %v", query, before, unit, took)
				}
			}
		}
	}
}
