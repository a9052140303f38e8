package flow

import (
	"strings"
	"testing"
)

// What or reads may be missing; what anything else reads may not, even if or reads it, too.
func TestOrReadsWhatMayBeMissing(t *testing.T) {
	for open, want := range map[string]string{
		`{{or .session.off (concat "http://a.test/" .link.gateway "/off")}}`: "GET /192.0.2.1/off",
		`{{or .session.left "http://a.test/off"}}`:                           "GET /off",
		`{{or .session.there "http://a.test/off"}}`:                          "GET /bye",
		`{{or .session.empty (concat .probe.api "/x") "http://a.test/off"}}`: "GET /off",
		`{{or .session.off .probe.api}}`:                                     "error .probe.api has no value",
		`{{or .session.off "http://a.test/"}}{{.session.off}}`:               "error read .session.off: it is not there",
		`{{or (concat "http://a.test/" .session.left) .probe.api}}`:          "error has no value",
		`{{or .input.code "http://a.test/"}}`:                                "missing code",
	} {
		text := head + "inputs.code = { prompt = \"Code\" }\n[[step]]\nid = \"off\"\nopen = '" + open + "'\n"
		if !strings.Contains(open, ".input.code") {
			text = strings.Replace(text, "inputs.code = { prompt = \"Code\" }\n", "", 1)
		}
		got, result, err := script(t, text, map[string]answer{"GET /off": html200(""), "GET /bye": html200(""), "GET /192.0.2.1/off": html200("")}, Env{
			Link:           map[string]string{"gateway": "192.0.2.1"},
			Session:        map[string]string{"there": "http://a.test/bye", "empty": ""},
			SessionLeftOut: []string{"left"},
		})
		said := strings.Join(got, " ")
		switch {
		case err != nil:
			said = "error " + err.Error()
		case result.Missing != "":
			said = "missing " + result.Missing
		}
		if word, part, _ := strings.Cut(want, " "); !strings.HasPrefix(said, word) || !strings.Contains(said, part) {
			t.Errorf("%s: %s, want %s", open, said, want)
		}
	}
}
