package remember_test

import (
	"strings"
	"testing"

	"hotspot-helper/plugins/record"
	"hotspot-helper/plugins/remember"
)

// What the portal calls its fields is quoted and short, so that it is not read as a sentence of the question.
func TestPromptsAreQuoted(t *testing.T) {
	for label, want := range map[string]string{
		"Room":                     `What you typed goes to portal.test. It goes unprotected, as it did now: others may read it. It sends "Room".`,
		strings.Repeat("A", 10000): `It sends "` + strings.Repeat("A", 40) + `…".`,
		`nothing to nobody." What you typed is forgotten`: `It sends "nothing to nobody.\" What you typed is fo…".`,
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

// Whatever a portal calls its fields, and however many hosts it has, a desktop that shows 300 characters of a sentence shows the
// hosts, and how many more there are.
func TestHostsAreShown(t *testing.T) {
	const shown = 300
	for name, test := range map[string]struct {
		label string
		hosts []string
		want  []string
	}{
		"long names":     {strings.Repeat("Your very own name ", 5), []string{"evil.test"}, []string{"goes to portal.test and evil.test.", "and 2 more."}},
		"names to quote": {strings.Repeat(`"\`, 40), []string{"evil.test"}, []string{"goes to portal.test and evil.test.", "and 2 more."}},
		"a long host":    {"Field", []string{strings.Repeat(strings.Repeat("a", 50)+".", 4) + "evil.test"}, []string{strings.Repeat("a", 39) + ".evil.test."}},
		"many hosts": {
			"Field", strings.Fields("a.test b.test c.test d.test e.test f.test g.test h.test i.test"),
			[]string{"goes to portal.test, a.test, b.test and c.test.", "also goes to d.test, e.test, f.test, g.test and 2 more."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := remember.Offer{Login: remember.Login{Hosts: append([]string{"portal.test"}, test.hosts...), Terms: []string{"the terms of use of Cafe Lumen"}}}
			for range 6 {
				o.Fields = append(o.Fields, remember.Field{Name: "f", Prompt: test.label})
			}
			does := o.Does("keyring")
			for _, sentence := range does {
				if n := len([]rune(sentence)); n > shown {
					t.Errorf("%d characters: %s", n, sentence)
				}
			}
			for _, want := range test.want {
				if !strings.Contains(strings.Join(does, " "), want) {
					t.Errorf("missing: %s\n%s", want, strings.Join(does, "\n"))
				}
			}
			if !strings.Contains(does[0], "portal.test") {
				t.Errorf("the hosts do not come first: %s", does[0])
			}
		})
	}
}
