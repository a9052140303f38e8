package remember_test

import (
	"strings"
	"testing"

	"hotspot-helper/plugins/record"
)

// What the portal calls its fields is quoted and short, so that it is not read as a sentence of the question.
func TestPromptsAreQuoted(t *testing.T) {
	for label, want := range map[string]string{
		"Room":                     `It sends "Room" to portal.test.`,
		strings.Repeat("A", 10000): `It sends "` + strings.Repeat("A", 40) + `…" to portal.test.`,
		`nothing to nobody." What you typed is forgotten`: `It sends "nothing to nobody.\" What you typed is fo…" to portal.test.`,
	} {
		known := &record.Typed{Controls: []record.Control{typedInto("user", "text", "grace.hopper")}}
		c := live(t, known, "http://portal.test/", opened("http://portal.test/", `<form method=post action=/go><label>`+label+`<input name=user></label></form>`),
			posted("http://portal.test/go", "user=grace.hopper", "Welcome"))
		reason, offer := keptOrRefused(t, c, "grace.hopper")
		if offer == nil {
			t.Errorf("%.40s: %s", label, reason)
		} else if text := offer.Text("keyring"); !strings.Contains(text, want) {
			t.Errorf("%.40s: %.300s", label, text)
		}
	}
}
