package pack

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal/flow"
)

// demandsOf returns the demands of a pack with two flows, each from its keys and steps.
func demandsOf(t *testing.T, authenticate, logoff string) Demands {
	t.Helper()
	var flows Flows
	for file, kind := range map[string]flow.Kind{"authenticate.toml": flow.Authenticate, "logoff.toml": flow.Logoff} {
		text, into := authenticate, &flows.Authenticate
		if kind == flow.Logoff {
			text, into = logoff, &flows.Logoff
		}
		if text == "" {
			continue
		}
		f, err := flow.ParseWith(&web.Patterns{}, kind, file, []byte("format = 1\n"+text))
		if err != nil {
			t.Fatal(err)
		}
		*into = f
	}
	return flows.Demands()
}

const (
	ownHost    = "hosts = ['login.cafe.test']\n"
	sharedHost = ownHost + "shared_hosts = ['securelogin.arubanetworks.com']\n"
	bothHosts  = "hosts = ['login.cafe.test', 'securelogin.arubanetworks.com']\n"
	openPage   = "[[step]]\nid = 'page'\nopen = '{{.probe.url}}'\n"
	accept     = "[[step]]\nid = 'accept'\nsubmit = 'form'\n"
	order      = "[[step]]\nid = 'order'\nsubmit = 'form#order'\n"
	use, price = "terms = 'Terms of use'\n", "terms = 'A price of 99 EUR'\n"
	bye        = "[[step]]\nid = 'bye'\nopen = 'https://login.cafe.test/bye'\n"
)

// Terms are dropped where a step asks about none, or only about such that the user may have
// agreed to already; a text that is new is asked about anyway.
func TestGrowthOfTerms(t *testing.T) {
	t.Parallel()
	const card = "[inputs.card]\nprompt = 'Card'\n"
	paid := "[[step]]\nid = 'accept'\nsubmit = 'form'\nfields = { card = '{{.input.card}}' }\n"
	for name, c := range map[string]struct {
		before, now string
		want        []string
	}{
		"nothing changed":                        {ownHost + openPage + accept + use, ownHost + openPage + accept + use, nil},
		"terms of a step dropped":                {ownHost + openPage + accept + use, ownHost + openPage + accept, []string{"Terms of use"}},
		"terms of a step with an input dropped":  {ownHost + card + openPage + paid + use, ownHost + card + openPage + paid, []string{"Terms of use"}},
		"terms of the flow dropped":              {use + ownHost + openPage + accept, ownHost + openPage + accept, []string{"Terms of use"}},
		"other terms":                            {ownHost + openPage + accept + use, ownHost + openPage + accept + price, nil},
		"other terms, known from another step":   {ownHost + openPage + accept + use + order + price, ownHost + openPage + accept + use + order + use, []string{"A price of 99 EUR"}},
		"one of two dropped":                     {ownHost + openPage + accept + use + order + price, ownHost + openPage + accept + use + order, []string{"A price of 99 EUR"}},
		"moved to another step":                  {ownHost + openPage + order + price, ownHost + openPage + price + order, []string{"A price of 99 EUR"}},
		"of the flow, now of all steps":          {use + ownHost + openPage + accept, ownHost + openPage + use + accept + use, nil},
		"of the flow, now of one step":           {use + ownHost + openPage + accept + order, ownHost + openPage + accept + use + order, []string{"Terms of use"}},
		"of a step, now of the flow":             {ownHost + openPage + accept + use, use + ownHost + openPage + accept, nil},
		"named for the first time":               {ownHost + openPage + accept, ownHost + openPage + accept + use, nil},
		"unnamed ones that are not needed again": {ownHost + openPage + accept, ownHost + openPage, nil},
	} {
		now, before := demandsOf(t, c.now, ""), demandsOf(t, c.before, "")
		if diff := cmp.Diff(c.want, now.Beyond(before).Terms); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		before.Flows = nil // as an earlier version recorded it
		dropped := now.Beyond(before).Terms
		if name == "terms of a step dropped" && len(dropped) == 0 || name == "nothing changed" && len(dropped) > 0 {
			t.Errorf("%s: dropped %q beyond a record without flows", name, dropped)
		}
	}
}

// What the user gave goes to no host of the pack that it did not go to before, and into no address. A flow that sends it
// where another one did asks nothing.
func TestGrowthOfSecrets(t *testing.T) {
	t.Parallel()
	const (
		counter = "hosts = ['stats.counter.test']\n"
		both    = "hosts = ['login.cafe.test', 'stats.counter.test']\n"
		inURL   = "secret_in_address = true\n"
		pass    = "[inputs.pass]\nprompt = 'Password'\nsecret = true\n"
		sends   = pass + "[[step]]\nid = 'send'\npost = 'https://login.cafe.test/'\nform = { pass = '{{.input.pass}}' }\n"
		opens   = pass + "[[step]]\nid = 'send'\nopen = 'https://login.cafe.test/?p={{.input.pass}}'\n"
		count   = "[[step]]\nid = 'count'\nopen = 'https://stats.counter.test/'\n"
		moved   = "it also sends pass to stats.counter.test"
		shown   = "it puts in addresses, which servers log, pass"
	)
	for name, c := range map[string]struct {
		before, now [2]string
		want        string
		ofRecord    string // beyond a record of an earlier version
	}{
		"nothing changed":               {[2]string{ownHost + sends, counter + count}, [2]string{ownHost + sends, counter + count}, "", ""},
		"a host of another flow":        {[2]string{ownHost + sends, counter + count}, [2]string{both + sends, counter + count}, moved, moved},
		"another flow sends it":         {[2]string{ownHost + sends, both + count}, [2]string{ownHost + sends, both + sends}, moved, moved},
		"another flow sends it there":   {[2]string{ownHost + sends, both + count}, [2]string{ownHost + sends, ownHost + sends}, "", ""},
		"a new flow":                    {[2]string{ownHost + sends, ""}, [2]string{ownHost + sends, ownHost + sends}, "", ""},
		"it went to both":               {[2]string{both + sends, counter + count}, [2]string{both + sends, both + sends}, "", ""},
		"a new host":                    {[2]string{ownHost + sends, ""}, [2]string{both + sends, ""}, "it also talks to stats.counter.test", "it also talks to stats.counter.test"},
		"in an address":                 {[2]string{ownHost + sends, ownHost + bye}, [2]string{inURL + ownHost + opens, ownHost + bye}, shown, shown},
		"in an address of another flow": {[2]string{ownHost + sends, inURL + ownHost + opens}, [2]string{inURL + ownHost + opens, inURL + ownHost + opens}, "", shown},
		"still in an address":           {[2]string{inURL + ownHost + opens, ""}, [2]string{inURL + ownHost + opens, ""}, "", shown},
	} {
		now, before := demandsOf(t, c.now[0], c.now[1]), demandsOf(t, c.before[0], c.before[1])
		if got := now.Beyond(before).String(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		for file, f := range before.Flows {
			f.Inputs, f.InAddress = nil, false
			before.Flows[file] = f
		}
		if got := now.Beyond(before).String(); got != c.ofRecord {
			t.Errorf("%s, beyond an earlier record: %q, want %q", name, got, c.ofRecord)
		}
	}
}

// A host that a flow shares with other networks is one more if the flow names it as its own,
// even if another flow did.
func TestGrowthOfHosts(t *testing.T) {
	t.Parallel()
	const aruba = "securelogin.arubanetworks.com"
	for name, c := range map[string]struct {
		before, now [2]string // the heads of the flows; empty: there is no such flow
		want        []string
	}{
		"nothing changed":           {[2]string{sharedHost, bothHosts}, [2]string{sharedHost, bothHosts}, nil},
		"own in another flow":       {[2]string{sharedHost, bothHosts}, [2]string{bothHosts, bothHosts}, []string{aruba}},
		"exchanged":                 {[2]string{sharedHost, bothHosts}, [2]string{bothHosts, ownHost}, []string{aruba}},
		"own in no flow":            {[2]string{sharedHost, ownHost}, [2]string{bothHosts, ownHost}, []string{aruba}},
		"a new flow":                {[2]string{ownHost, ""}, [2]string{ownHost, ownHost}, nil},
		"a new flow, host shared":   {[2]string{sharedHost, ""}, [2]string{sharedHost, bothHosts}, []string{aruba}},
		"a pattern of shared hosts": {[2]string{ownHost + "shared_hosts = ['*.arubanetworks.com']\n", bothHosts}, [2]string{bothHosts, bothHosts}, []string{aruba}},
		"one shares it now":         {[2]string{bothHosts, ownHost}, [2]string{sharedHost, ownHost}, nil},
		"a new shared host":         {[2]string{ownHost, ownHost}, [2]string{sharedHost, ownHost}, []string{aruba}},
		"gone":                      {[2]string{sharedHost, bothHosts}, [2]string{ownHost, ownHost}, nil},
	} {
		parsed := func(heads [2]string) Demands {
			if heads[1] != "" {
				heads[1] += bye
			}
			return demandsOf(t, heads[0]+openPage, heads[1])
		}
		if diff := cmp.Diff(c.want, parsed(c.now).Beyond(parsed(c.before)).Hosts); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
