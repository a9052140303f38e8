package flow

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/portal"
)

// pfsenseFlow is for zones with accounts, vouchers, both, or only a button.
const pfsenseFlow = `
format = 1
hosts  = ["a.test"]

[inputs.user]
prompt = "User name"
[inputs.pass]
prompt = "Password"
secret = true
[inputs.voucher]
prompt = "Voucher"
secret = true

[[step]]
id     = "page"
open   = "http://a.test/"
expect = [{ css = "[name=accept]" }]
  [[step.case]]
  when = [{ css = "[name=auth_voucher]" }, { input = "voucher" }]
  goto = "voucher"
  [[step.case]]
  when = [{ css = "[name=auth_user]" }]
  goto = "account"
  [[step.case]]
  when = [{ css = "[name=auth_voucher]" }]
  goto = "voucher"

[[step]]
id     = "click"
terms  = "Terms on the firewall's page"
submit = "form"
  [[step.case]]
  when   = [{ url = "*" }]
  result = "submitted"

[[step]]
id     = "account"
submit = "form"
fields = { auth_user = "{{.input.user}}", auth_pass = "{{.input.pass}}" }
  [[step.case]]
  when   = [{ url = "*" }]
  result = "submitted"

[[step]]
id     = "voucher"
submit = "form"
fields = { auth_voucher = "{{.input.voucher}}" }
`

// pfsensePage returns the page of a zone with these fields.
func pfsensePage(fields ...string) answer {
	form := "<form method=post action=https://a.test/in><button name=accept value=go>"
	for _, field := range fields {
		form += "<input name=" + field + ">"
	}
	return html200(form + "</form>")
}

// Page and inputs together decide the next step.
func TestInputDecides(t *testing.T) {
	account := map[string]string{"user": "ada", "pass": "2718"}
	voucher := map[string]string{"voucher": "WX7Y", "user": "ada"}
	for _, c := range []struct {
		name   string
		page   answer
		inputs map[string]string
		want   string // step, outcome and missing input
	}{
		{"account", pfsensePage("auth_user", "auth_pass"), account, "account submitted "},
		{"account, voucher given", pfsensePage("auth_user", "auth_pass"), voucher, "account needs-user pass"},
		{"voucher", pfsensePage("auth_voucher"), voucher, "voucher submitted "},
		{"voucher, account given", pfsensePage("auth_voucher"), account, "voucher needs-user voucher"},
		{"both, account given", pfsensePage("auth_user", "auth_pass", "auth_voucher"), account, "account submitted "},
		{"both, voucher given", pfsensePage("auth_user", "auth_pass", "auth_voucher"), voucher, "voucher submitted "},
		{"both, empty voucher", pfsensePage("auth_user", "auth_pass", "auth_voucher"), map[string]string{"voucher": "", "user": "a", "pass": "b"}, "account submitted "},
		{"both, nothing given", pfsensePage("auth_user", "auth_pass", "auth_voucher"), nil, "account needs-user user"},
		{"click", pfsensePage(), nil, "click submitted "},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := mustParse(t, pfsenseFlow)
			server := &answers{pages: map[string]answer{"GET /": c.page, "POST /in": html200("welcome")}}
			result, err := f.Run(t.Context(), newSession(t, f, server), Env{Inputs: inputs(c.inputs), Terms: agreed})
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%s %v %s", result.Step, result.Outcome, result.Missing); got != c.want {
				t.Errorf("got %q, want %q: %s", got, c.want, result.Reason)
			}
		})
	}
}

func agreed(string) string { return "" }

// An input that not every login needs is on demand.
func TestOnDemand(t *testing.T) {
	for text, want := range map[string]string{
		pfsenseFlow: "user pass voucher",
		secretHead + "[[step]]\nid = 'one'\npost = '/'\nform = { pin = '{{.input.pin}}' }\n[[step.case]]\nwhen = [{ css = 'b' }]\nresult = 'denied'\n": "",
		secretHead + "[[step]]\nid = 'one'\nopen = '/'\n[[step.case]]\nwhen = [{ input = 'pin' }]\nresult = 'denied'\n":                                "pin",
	} {
		var got []string
		for _, in := range mustParse(t, text).Inputs() {
			if in.OnDemand {
				got = append(got, in.Name)
			}
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s\nof\n%s", diff, text)
		}
	}
}

// An input query tests presence and does not reveal the value.
func TestInputQuery(t *testing.T) {
	locked := errors.New("the keyring is locked")
	const open = "[[step]]\nid = 'one'\nopen = 'http://a.test/'\n"
	for _, c := range []struct {
		name, step string
		given      map[string]string
		broken     error
		outcome    Outcome // OutcomeUnknown: an error
		missing    string
		says       string
	}{
		{"given", open + "[[step.case]]\nwhen = [{ input = 'pin' }]\nresult = 'denied'\n", map[string]string{"pin": "2718"}, nil, Denied, "", "input pin on the page"},
		{"not given", open + "[[step.case]]\nwhen = [{ input = 'pin' }]\nresult = 'denied'\n", nil, nil, Submitted, "", "as expected"},
		{"absent", open + "[[step.case]]\nwhen = [{ css = 'b' }, { input = 'pin', absent = true }]\nresult = 'needs-user'\n", nil, nil, NeedsUser, "pin", "PIN"},
		{"absent, with a reason", open + "[[step.case]]\nwhen = [{ input = 'pin', absent = true }]\nresult = 'needs-user'\nreason = 'a PIN is cheaper'\n", nil, nil, NeedsUser, "pin", "a PIN is cheaper"},
		{"absent, and no matter", open + "[[step.case]]\nwhen = [{ input = 'pin', absent = true }]\nresult = 'unsupported'\n", nil, nil, Unsupported, "", "no input pin on the page"},
		{"empty", open + "[[step.case]]\nwhen = [{ input = 'pin', absent = true }]\nresult = 'unsupported'\n", map[string]string{"pin": ""}, nil, Unsupported, "", "no input pin"},
		{"expected", open + "expect = [{ input = 'pin' }]\n", map[string]string{"pin": "2718"}, nil, Submitted, "", "as expected"},
		{"expected in vain", open + "expect = [{ input = 'pin' }]\n", nil, nil, NeedsUser, "pin", "PIN"},
		{"not expected", open + "expect = [{ input = 'pin', absent = true }]\n", map[string]string{"pin": "2718"}, nil, OutcomeUnknown, "", "expect no input pin; the user gave it"},
		{"locked", open + "[[step.case]]\nwhen = [{ input = 'pin', absent = true }]\nresult = 'unsupported'\n", nil, locked, OutcomeUnknown, "", "look up input pin: the keyring is locked"},
		{"locked, expected", open + "expect = [{ input = 'pin', absent = true }]\n", nil, locked, OutcomeUnknown, "", "look up input pin: the keyring is locked"},
		{"locked, but decided before", open + "[[step.case]]\nwhen = [{ css = 'u' }, { input = 'pin' }]\nresult = 'unsupported'\n[[step.case]]\nwhen = [{ css = 'b' }]\nresult = 'denied'\n", nil, locked, Denied, "", "the portal says"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := mustParse(t, secretHead+c.step)
			ask := func(name string) (portal.Value, bool, error) {
				value, ok := c.given[name]
				return portal.Plain(value), ok, c.broken
			}
			s := newSession(t, f, &answers{pages: map[string]answer{"GET /": html200("<b>2718</b>")}})
			result, err := f.Run(t.Context(), s, Env{Inputs: ask})
			if result.Outcome != c.outcome || result.Missing != c.missing || (err != nil) != (c.outcome == OutcomeUnknown) {
				t.Fatalf("got %+v, %v", result, err)
			}
			said := result.Reason
			if err != nil {
				said = err.Error()
			}
			if !strings.Contains(said, c.says) || c.given["pin"] != "" && strings.Contains(said, c.given["pin"]) {
				t.Errorf("says %q, want %q", said, c.says)
			}
			if c.broken != nil && err != nil && !errors.Is(err, c.broken) {
				t.Errorf("%v hides its cause", err)
			}
		})
	}
}

// Without consent neither a flow with terms starts, nor a step with terms.
func TestTermsAreAskedFor(t *testing.T) {
	refused := func(terms string) string { return "no word for " + terms }
	const steps = "[[step]]\nid = 'one'\nopen = 'http://a.test/'\n[[step]]\nid = 'two'\nTERMS\nopen = '/two'\n"
	whole, step := "terms = 'all terms'\n"+head+strings.Replace(steps, "TERMS", "", 1), head+strings.Replace(steps, "TERMS", "terms = 'more terms'", 1)
	for _, c := range []struct {
		name, text string
		ask        func(string) string
		want       Result
		sent       int
	}{
		{"whole", whole, refused, Result{Outcome: NeedsUser, Reason: "no word for all terms", Terms: "all terms"}, 0},
		{"whole, no consent given", whole, nil, Result{Outcome: NeedsUser, Reason: `no consent to "all terms"`, Terms: "all terms"}, 0},
		{"whole, agreed", whole, agreed, Result{Outcome: Submitted, Step: "two", Reason: "all steps went as expected"}, 2},
		{"step", step, refused, Result{Outcome: NeedsUser, Step: "two", Reason: "no word for more terms", Terms: "more terms"}, 1},
		{"step, no consent given", step, nil, Result{Outcome: NeedsUser, Step: "two", Reason: `no consent to "more terms"`, Terms: "more terms"}, 1},
		{"step, agreed", step, agreed, Result{Outcome: Submitted, Step: "two", Reason: "all steps went as expected"}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Parse(Authenticate, "authenticate.toml", []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			server := &answers{}
			var begun []string
			got, err := f.Run(t.Context(), newSession(t, f, server), Env{Terms: c.ask, Progress: func(step string) { begun = append(begun, step) }})
			if err != nil {
				t.Fatal(err)
			}
			got.Captures = nil
			if diff := cmp.Diff(c.want, got); diff != "" || len(server.got) != c.sent || len(begun) != c.sent {
				t.Errorf("sent %q in %q; %s", server.got, begun, diff)
			}
		})
	}
}

// A submission that carries nothing of the user's presses a button in the user's name, and
// needs consent whether the flow names terms or not.
func TestPressedButtonNeedsConsent(t *testing.T) {
	const inputsOf = "inputs.user = { prompt = \"U\", optional = true }\ninputs.lang = { prompt = \"L\", default = \"en\" }\n"
	site := map[string]answer{"GET /": html200(`<form method=post action=/pay><input name=price value=99><button>Order</button></form>`), "POST /pay": html200("ok")}
	for _, c := range []struct {
		name, step string
		inputs     map[string]string
		want       string // the terms that it waits for
	}{
		{"nothing", "submit = 'form'", nil, UnnamedTerms},
		{"a constant", "submit = 'form'\nfields = { accept = 'yes' }", nil, UnnamedTerms},
		{"a default", "submit = 'form'\nfields = { lang = '{{.input.lang}}' }", nil, UnnamedTerms},
		{"an optional input without a value", "submit = 'form'\nfields = { user = '{{.input.user}}' }", nil, UnnamedTerms},
		{"an input", "submit = 'form'\nfields = { user = '{{.input.user}}' }", map[string]string{"user": "ada"}, ""},
		{"an input of another step", "submit = 'form'", map[string]string{"user": "ada"}, UnnamedTerms},
		{"a post", "post = '/pay'\nform = { price = '99' }", nil, UnnamedTerms},
		{"JSON", "post = '/pay'\njson = { price = 99 }", nil, UnnamedTerms},
		{"an input in JSON", "post = '/pay'\njson = { user = '{{.input.user}}' }", map[string]string{"user": "ada"}, ""},
		{"named", "submit = 'form'\nterms = 'the price'", nil, "the price"},
		{"named, with an input", "submit = 'form'\nterms = 'the price'\nfields = { user = '{{.input.user}}' }", map[string]string{"user": "ada"}, "the price"},
	} {
		f := mustParse(t, head+inputsOf+"[[step]]\nid = 'first'\nopen = 'http://a.test/?u={{.input.user}}{{.input.lang}}'\n[[step]]\nid = 'it'\n"+c.step+"\n")
		for _, terms := range []func(string) string{nil, agreed} {
			handler := &answers{pages: site}
			result, err := f.Run(t.Context(), newSession(t, f, handler), Env{Terms: terms, Inputs: inputs(c.inputs)})
			waits := terms == nil && c.want != ""
			if err != nil || (result.Outcome == NeedsUser) != waits || waits && result.Terms != c.want || (len(handler.got) == 1) != waits {
				t.Errorf("%s, agreed %v: %+v, %v, sent %v", c.name, terms != nil, result, err, handler.got)
			}
		}
	}
	// The consent of the whole flow is asked for again before each submission.
	f := mustParse(t, head+"terms = 'all'\n[[step]]\nid = 'first'\nopen = 'http://a.test/'\n[[step]]\nid = 'it'\nsubmit = 'form'\n")
	asked := 0
	handler := &answers{pages: site}
	result, err := f.Run(t.Context(), newSession(t, f, handler), Env{Terms: func(string) string {
		if asked++; asked > 1 {
			return "revoked"
		}
		return ""
	}})
	if err != nil || result.Outcome != NeedsUser || result.Terms != "all" || len(handler.got) != 1 {
		t.Errorf("revoked: %+v, %v, sent %v", result, err, handler.got)
	}
}

// What is sent decides whether a submission carries a value of the user's, and a GET that sends what
// a form of a page would send presses its button.
func TestButtonPressedOtherwise(t *testing.T) {
	site := map[string]answer{
		"GET /": html200(`<form method=get action=/pay><input type=hidden name=price value=99><input type=hidden name=accept value=yes><button formaction=/pay2>Order</button></form>
<form id=p method=post action=/post><input name=price value=99><button>Order</button></form><form id=none action=/none><button>Go</button></form>
<a id=pay href="/pay?price=99&accept=yes">Order</a><a id=next href="/next?page=2">Next</a><a id=lang href="/?lang=en&u=ada">English</a>`),
		"GET /next": html200("x"), "GET /pay": html200("<b>ok</b>"), "GET /none": html200("ok"), "GET /pay2": html200("ok"), "GET /post": html200("ok"), "POST /post": html200("ok"),
	}
	given := map[string]string{"user": "ada", "more": "Grüße-7"}
	for _, c := range []struct {
		name, step string
		asks       bool
	}{
		{"a GET form", "submit = 'form[method=get]'", true},
		{"reads an input, sends a constant", "submit = 'form#p'\nfields = { accept = '{{replace \"yes\" (concat \"~\" .input.user) \"\"}}' }", true},
		{"replaces an input by a constant", "submit = 'form#p'\nfields = { accept = '{{setquery \"x\" \"a\" (replace .input.user .input.user \"yes\")}}' }", true},
		{"sends zeros in its place", "submit = 'form#p'\nfields = { accept = '{{xor .input.user .input.user | hex}}' }", true},
		{"a constant and a time", "post = '/post'\nform = { accept = '{{replace now_ms .input.user \"\"}}' }", true},
		{"reads an input in JSON", "post = '/post'\njson = { a = ['{{replace \"yes\" .input.user \"\"}}'] }", true},
		{"sends it", "submit = 'form#p'\nfields = { u = '{{.input.user}}' }", false},
		{"sends a digest of it", "submit = 'form#p'\nfields = { u = '{{md5 (concat .input.user now_ms) | hex}}' }", false},
		{"sends one of two", "submit = 'form#p'\nfields = { u = '{{replace \"yes\" .input.user \"\"}}{{.input.more}}' }", false},
		{"sends it in the URL", "post = '/post?u={{urlencode .input.more}}'\nform = { accept = 'yes' }", false},
		{"open", "open = '/pay?price=99&accept=yes'", true},
		{"open with fewer fields", "open = '/pay?accept=yes#x'", true},
		{"open with escapes", "open = '/p%61y?a%63cept=yes'", true},
		{"open of a button's address", "open = '/pay2?accept=yes'", true},
		{"open of a form without fields", "open = '/none'", true},
		{"open of a form for POST", "open = '/post?price=1'", true},
		{"open from another page", "open = '/next'\n[[step]]\nid = 'then'\nopen = '/pay?accept=yes'", true},
		{"follow a link", "follow = '#pay'", true},
		{"wait with open", "wait = { open = '/pay?price=99&accept=yes', every = 1, at_most = 2, until = [{ css = 'b' }] }", true},
		{"open with an input", "open = '/pay?accept=yes&u={{.input.user}}'", false},
		{"open with an input that is not sent", "open = '/pay?accept={{replace \"yes\" .input.user \"\"}}'", true},
		{"open of the address alone", "open = '/pay'", false},
		{"open of another field", "open = '/pay?lang=en'", false},
		{"open of the same page", "open = '/?u=ada'", false},
		{"a page with another language", "follow = '#lang'", false},
		{"the next page", "follow = '#next'", false},
		{"credentials that nobody asks for", "submit = 'form#p'\nbasic = { user = '{{.input.user}}', password = 'x' }", true},
		{"a post with such", "post = '/post'\nform = { price = '99' }\nbasic = { user = '{{.input.user}}', password = 'x' }", true},
		{"open with such", "open = '/pay?price=99'\nbasic = { user = '{{.input.user}}', password = 'x' }", true},
		{"such beside an input", "submit = 'form#p'\nfields = { u = '{{.input.user}}' }\nbasic = { user = '{{.input.user}}', password = 'x' }", false},
		{"open of a page with such", "open = '/next?page=2'\nbasic = { user = '{{.input.user}}', password = 'x' }", false},
		{"a fragment", "post = '/post#{{.input.user}}'\nform = { price = '99' }", true},
		{"open with a fragment", "open = '/pay?price=99#{{.input.user}}'", true},
		{"a user before the host", "open = 'http://{{.input.user}}@a.test/pay?price=99'", true},
		{"a path that goes up", "open = '/{{.input.user}}/../pay?price=99'", true},
	} {
		f := mustParse(t, head+inputsOf+"[[step]]\nid = 'first'\nopen = 'http://a.test/?u={{.input.user}}'\n[[step]]\nid = 'it'\n"+c.step+"\n[[step]]\nid = 'last'\nopen = '/?{{.input.user}}{{urlencode .input.more}}'\n")
		if c.asks && !f.asksUnnamed() {
			t.Errorf("%s: nobody could agree", c.name)
		}
		handler := &answers{pages: site}
		result, err := f.Run(t.Context(), newSession(t, f, handler), Env{Inputs: inputs(given)})
		if err != nil || (result.Outcome == NeedsUser) != c.asks || c.asks && result.Terms != UnnamedTerms {
			t.Errorf("%s: %+v, %v, sent %q", c.name, result, err, handler.got)
		}
		handler = &answers{pages: site}
		if result, err := f.Run(t.Context(), newSession(t, f, handler), Env{Inputs: inputs(given), Terms: agreed}); err != nil || result.Outcome != Submitted {
			t.Errorf("%s, agreed: %+v, %v, sent %q", c.name, result, err, handler.got)
		}
	}
}

// The forms of the pages that the probe saw count, and the URL of the portal's page may be opened.
func TestButtonThatTheProbeSaw(t *testing.T) {
	hop := &portal.Page{Status: 200, Body: "<form action=/in><input name=accept><button>Go</button></form>"}
	var err error
	if hop.URL, err = url.Parse("http://a.test/login?mac=1"); err != nil {
		t.Fatal(err)
	}
	site := map[string]answer{"GET /in": html200("ok"), "GET /login": html200("ok"), "POST /x": html200("ok")}
	for step, asks := range map[string]bool{
		"open = 'http://a.test/in?accept=1'": true, "open = 'http://a.test/login?mac=1'": false, "open = '{{.probe.url}}'": false,
		"post = 'http://a.test/x'\nform = {}\nterms = 'T'\n[[step]]\nid = 'b'\nopen = '/in?accept=1'":   true,
		"post = 'http://a.test/x'\nform = {}\nterms = 'T'\n[[step]]\nid = 'b'\nopen = '{{.probe.url}}'": false,
	} {
		f := mustParse(t, head+"[[step]]\nid = 'a'\n"+step+"\n")
		handler := &answers{pages: site}
		result, err := f.Run(t.Context(), newSession(t, f, handler), Env{
			Hops: []*portal.Page{hop}, Probe: map[string]string{"url": "http://a.test/in?accept=0"},
			Terms: func(terms string) string { return strings.TrimPrefix(terms, "T") },
		})
		if err != nil || (result.Outcome == NeedsUser) != asks {
			t.Errorf("%s: %+v, %v, sent %q", step, result, err, handler.got)
		}
	}
	f, err := Parse(Logoff, "logoff.toml", []byte(head+"[[step]]\nid = 'a'\nopen = 'http://a.test/in?accept=1'\n"))
	if err != nil {
		t.Fatal(err)
	}
	result, err := f.Run(t.Context(), newSession(t, f, &answers{pages: site}), Env{Hops: []*portal.Page{hop}})
	if err != nil || result.Outcome != Submitted {
		t.Errorf("logoff: %+v, %v", result, err)
	}
}
