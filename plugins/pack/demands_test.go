package pack

import (
	"slices"
	"strings"
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

const (
	inputPIN = "[inputs.pin]\nprompt = 'PIN'\nsecret = true\n"
	postPIN  = "[[step]]\nid = 'pin'\npost = 'https://login.cafe.test/'\nform = { pin = '{{.input.pin}}' }\n"
	openPIN  = "[[step]]\nid = 'pin'\nopen = 'https://login.cafe.test/?pin={{.input.pin}}'\n"
)

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
		flipped = "it does not treat as secret any more pass"
	)
	plain := func(text string) string { return strings.ReplaceAll(text, "secret = true\n", "") }
	counts := strings.ReplaceAll(opens, "login.cafe.test", "stats.counter.test")
	token := "[[step]]\nid = 'again'\nopen = 'https://login.cafe.test/?u={{.capture.token}}'\n"
	captures := "capture = { token = { css = 'i' } }\n"
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
		"in an address of another host": {[2]string{inURL + ownHost + opens, counter + strings.ReplaceAll(sends, "login.cafe.test", "stats.counter.test")}, [2]string{inURL + ownHost + opens, inURL + counter + counts}, shown + " to stats.counter.test", moved + "; " + shown},
		"undeclared, in an address":     {[2]string{plain(ownHost + sends), ""}, [2]string{plain(ownHost + opens), ""}, shown, shown},
		"undeclared, still there":       {[2]string{plain(ownHost + opens), ""}, [2]string{plain(ownHost + opens), ""}, "", shown},
		"one beside another":            {[2]string{inURL + ownHost + inputPIN + opens + postPIN, ""}, [2]string{inURL + ownHost + inputPIN + opens + openPIN, ""}, "it puts in addresses, which servers log, pin", "it puts in addresses, which servers log, pass, pin"},
		"what a page returns of one":    {[2]string{inURL + ownHost + opens, ""}, [2]string{inURL + ownHost + opens + captures + token, ""}, "it puts in addresses, which servers log, " + flow.ReturnedSecrets, shown + ", " + flow.ReturnedSecrets},
		"a capture, no secrets in URLs": {[2]string{ownHost + sends, ""}, [2]string{ownHost + sends + captures + token, ""}, "", ""},
		"no secret any more":            {[2]string{ownHost + sends, ""}, [2]string{plain(ownHost + sends), ""}, flipped, flipped},
		"it was one in one flow":        {[2]string{ownHost + sends, plain(ownHost + sends)}, [2]string{plain(ownHost + sends), plain(ownHost + sends)}, flipped, flipped},
		"it is one in another flow":     {[2]string{ownHost + sends, ownHost + sends}, [2]string{plain(ownHost + sends), ownHost + sends}, flipped, ""},
		"it is not read any more":       {[2]string{ownHost + sends, ""}, [2]string{ownHost + bye, ""}, "", ""},
		"a secret from now on":          {[2]string{plain(ownHost + sends), ""}, [2]string{ownHost + sends, ""}, "", ""},
	} {
		now, before := demandsOf(t, c.now[0], c.now[1]), demandsOf(t, c.before[0], c.before[1])
		if got := now.Beyond(before).String(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		for file, f := range before.Flows {
			f.Inputs, f.Secret, f.Addresses = nil, nil, nil
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
	const (
		aruba   = "securelogin.arubanetworks.com"
		suffix  = "hosts = ['*.arubanetworks.com']\n"
		shared  = "shared_hosts = ['securelogin.arubanetworks.com']\n"
		spelled = "shared_hosts = ['SecureLogin.ArubaNetworks.com']\n"
		all     = "shared_hosts = ['*.arubanetworks.com']\n"
	)
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
		"left to a pattern":         {[2]string{suffix + shared, ""}, [2]string{suffix, ""}, []string{aruba}},
		"spelled otherwise":         {[2]string{suffix + spelled, ""}, [2]string{suffix, ""}, []string{aruba}},
		"a pattern that covers it":  {[2]string{sharedHost, ""}, [2]string{suffix, ""}, []string{"*.arubanetworks.com", aruba}},
		"one of a shared pattern":   {[2]string{ownHost + all, bothHosts}, [2]string{ownHost + "shared_hosts = ['a.arubanetworks.com']\n", bothHosts}, []string{"a.arubanetworks.com"}},
		"a pattern of another flow": {[2]string{sharedHost, suffix}, [2]string{suffix, suffix}, []string{aruba}},
		"still shared in part":      {[2]string{ownHost + all, suffix + shared}, [2]string{ownHost + all, suffix + shared}, nil},
		"not shared in part":        {[2]string{ownHost + all, suffix + shared}, [2]string{ownHost + all, suffix}, []string{aruba}},
		"shared by a pattern":       {[2]string{sharedHost, ""}, [2]string{ownHost + all, ""}, []string{"*.arubanetworks.com"}},
		"what the network names":    {[2]string{sharedHost, ownHost}, [2]string{sharedHost, "hosts = ['login.cafe.test', '@start']\n"}, []string{"@start"}},
	} {
		parsed := func(heads [2]string) Demands {
			if heads[1] != "" {
				heads[1] += bye
			}
			return demandsOf(t, heads[0]+openPage, heads[1])
		}
		now, before := parsed(c.now), parsed(c.before)
		if diff := cmp.Diff(c.want, now.Beyond(before).Hosts); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if c.before[1] != "" || c.now[1] != "" {
			continue
		}
		now.Flows, before.Flows = nil, nil // as of a live helper
		if diff := cmp.Diff(c.want, now.Beyond(before).Hosts); diff != "" {
			t.Errorf("%s, without flows: %s", name, diff)
		}
	}
}

// Terms of a step say nothing of what another one presses: where some were named, a step that names none and was not
// there is asked about, also if it was there and only opened something.
func TestGrowthOfPresses(t *testing.T) {
	t.Parallel()
	const (
		card   = "[inputs.card]\nprompt = 'Card'\n"
		fields = "fields = { card = '{{.input.card}}' }\n"
		never  = openPage + "next = 'go'\n  [[step.case]]\n  when = [{ css = '#never' }]\n  goto = 'accept'\n"
		idle   = "[[step]]\nid = 'accept'\nopen = 'https://login.cafe.test/'\n" + price
		submit = "[[step]]\nid = 'go'\nsubmit = 'form'\n" + fields
		visit  = "[[step]]\nid = 'visit'\nvisit = 'check'\n"
		go1    = "[[step]]\nid = 'go'\n"
	)
	paid := ownHost + card + openPage + accept + fields + price
	opens := func(url string) string { return paid + go1 + "open = '" + url + "'\n" }
	for name, c := range map[string]struct {
		before, now string
		want        []string
	}{
		"nothing changed":             {paid, paid, nil},
		"a step that never runs":      {paid, ownHost + card + never + idle + submit, []string{"go of authenticate.toml"}},
		"a step that opens":           {paid, ownHost + card + openPage + idle + submit, []string{"go of authenticate.toml"}},
		"no terms before":             {ownHost + card + openPage + accept + fields, ownHost + card + never + idle + submit, nil},
		"terms for it, too":           {paid, paid + submit + use, nil},
		"terms of the flow before":    {use + ownHost + card + openPage + submit, ownHost + card + never + idle + submit, []string{"go of authenticate.toml"}},
		"it was there":                {paid + submit, paid + submit + bye, nil},
		"it only opened something":    {opens("/go?a=b"), paid + submit, []string{"go of authenticate.toml"}},
		"it opens something else":     {opens("/go?a=b"), opens("/order?a=b"), nil},
		"a new step without a query":  {paid, opens("/go"), nil},
		"a query":                     {paid, opens("/go?a=b"), []string{"go of authenticate.toml"}},
		"a query that is spelled out": {paid, opens("/go{{urldecode \"%3F\"}}a=b"), []string{"go of authenticate.toml"}},
		"an input in a path":          {paid, opens("/go/{{urlencode .input.card}}"), []string{"go of authenticate.toml"}},
		"an input where none was":     {opens("/go?a=b"), opens("/go?a={{.input.card}}"), []string{"go of authenticate.toml"}},
		"an input in a header":        {opens("/go"), opens("/go") + "headers = { X-Card = '{{.input.card}}' }\n", []string{"go of authenticate.toml"}},
		"an input that has a query":   {paid, opens("/go/{{.input.card}}"), []string{"go of authenticate.toml"}},
		"the portal's page":           {paid, opens("{{.probe.url}}"), nil},
		"its page with more":          {paid, opens("{{.probe.url}}&a=b"), []string{"go of authenticate.toml"}},
		"the check":                   {paid, paid + visit, nil},
	} {
		if diff := cmp.Diff(c.want, demandsOf(t, c.now, "").Beyond(demandsOf(t, c.before, "")).Presses); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := demandsOf(t, paid, "").keepalive(t, ownHost+card+openPage+submit).Beyond(demandsOf(t, paid, "")).Presses; !slices.Equal(got, []string{"go of maintain.toml"}) {
		t.Errorf("in a keepalive: %q", got)
	}
	old := demandsOf(t, paid+submit, "")
	old.Flows[authenticateFile] = FlowDemands{Hosts: old.Hosts, Terms: old.Flows[authenticateFile].Terms, Inputs: old.Inputs}
	if got := demandsOf(t, paid+submit, "").Beyond(old).Presses; len(got) != 1 {
		t.Errorf("an earlier record says of no step that it was accepted: %q", got)
	}
	if g := demandsOf(t, paid, ownHost+bye+go1+"post = 'https://login.cafe.test/bye'\nform = {}\n").Beyond(demandsOf(t, paid, "")); !g.None() {
		t.Errorf("a logoff is the user's command: %s", g)
	}
}

// keepalive adds a keepalive.
func (d Demands) keepalive(t *testing.T, text string) Demands {
	t.Helper()
	f, err := flow.ParseWith(&web.Patterns{}, flow.Maintain, "maintain.toml", []byte("format = 1\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	d.Flows["maintain.toml"] = (&Flows{Maintain: f}).Demands().Flows["maintain.toml"]
	return d
}
