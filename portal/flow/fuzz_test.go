package flow

import (
	"testing"
	"testing/synctest"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// FuzzParse: no file makes Parse panic, and a flow that it accepts runs to an end.
func FuzzParse(f *testing.F) {
	for _, text := range []string{fullFlow, openNDSFlow, nodogsplashFlow, mikrotikFlow, pollFlow, caseFlow, fortinetMaintain, merakiFlow, h3cFlow, chilliPageFlow, queriesFlow(), newKeysFlow, step0 + "[[step.case]]\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		flow, err := Parse(AnyKind, "fuzz.toml", text)
		if err != nil {
			if flow != nil || err.Error() == "" {
				t.Errorf("flow %v with error %q", flow, err)
			}
			return
		}
		synctest.Test(t, func(t *testing.T) { runOnNothing(t, flow) })
	})
}

// runOnNothing runs a flow on a portal whose pages are all empty.
func runOnNothing(t *testing.T, flow *Flow) {
	s, err := portal.New(portal.Config{Transport: handlerTransport{&answers{}}, Hosts: flow.Hosts(), Shared: flow.SharedHosts()})
	if err != nil {
		t.Fatalf("a session refuses the hosts of the flow: %v", err)
	}
	env := Env{Probe: map[string]string{"url": "http://a.test/", "host": "a.test"}}
	if result, err := flow.Run(t.Context(), s, env); err == nil && result.Outcome == OutcomeUnknown {
		t.Error("no outcome and no error")
	}
}

// FuzzScript: no script makes the query panic or find more than it may.
func FuzzScript(f *testing.F) {
	for _, script := range []string{
		mikrotikPage, `a = 'x' + /["']/ + b / 2;`, "a(`x${`y${z}`}`)", `a = {a: {a: [`, "<!-- a='\\u{}'", "a = 0x", `a="`, "a=/",
	} {
		f.Add(script, "a", 0)
	}
	f.Fuzz(func(t *testing.T, script, name string, nth int) {
		tokens := web.Tokens(nil, script)
		if len(tokens) > min(len(script)+1, web.MaxTokens) {
			t.Fatalf("%d tokens of %d bytes", len(tokens), len(script))
		}
		v := &view{work: web.NewSearch(t.Context(), maxWork), page: &portal.Page{}, tokens: func() []web.Token { return tokens }}
		source := scriptSource{name: []string{name}, nth: max(0, nth)}
		if found := source.values(v, maxFound); len(found) > maxFound {
			t.Fatalf("%d values", len(found))
		}
	})
}
