package live_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/consent"
	"hotspot-helper/internal/file/filetest"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/live"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/portal/portaltest"
	"hotspot-helper/wifi"
)

// prelude is a helper in Python that does nothing yet: a test defines describe, claim, authenticate,
// maintain or logoff.
const prelude = `#!/usr/bin/python3
import hashlib, json, os, sys, time
I = "org.hotspothelper.Live1."
def send(m): print(json.dumps(m), flush=True)
def receive(): return json.loads(sys.stdin.readline())
def exchange(**p):
    send({"method": I + "Exchange", "parameters": p})
    return receive()
def ask(url): return exchange(url=url)
def result(outcome, **more): return {"result": {"outcome": outcome, **more}}
description = {"name": "odd", "version": "1.0.0", "label": "Odd", "hosts": ["@start"],
  "inputs": [{"name": "user", "prompt": "User"}, {"name": "password", "prompt": "Password", "secret": True}], "secret_fields": ["digest"]}
def describe(p): return description
def claim(p): return {"claims": [{"confidence": "high"}] * len(p["networks"])}
def authenticate(p): return result("submitted")
`

const postlude = `
for line in sys.stdin:
    call = json.loads(line)
    if call.get("oneway"): print("cancelled", file=sys.stderr); break
    method = globals().get(call["method"].removeprefix(I).lower())
    if not call["method"].startswith(I) or method is None: send({"error": "org.varlink.service.MethodNotFound", "parameters": {"method": call["method"]}})
    else: send({"parameters": method(call["parameters"])})
`

// write writes a helper and its registration.
func write(t testing.TB, dir, name, code, registration string) {
	t.Helper()
	text := prelude + strings.ReplaceAll("description['name'] = 'NAME'\n", "NAME", name) + code + postlude
	filetest.WriteProgram(t, filepath.Join(dir, name+".py"), []byte(text))
	if err := os.WriteFile(filepath.Join(dir, name+".toml"), []byte("api = 1\nexec = \""+name+".py\"\n"+registration), 0o600); err != nil {
		t.Fatal(err)
	}
}

// anywhere lets a helper see every network.
const anywhere = "[[network]]\nconfidence = \"high\"\nportal_path = [\"/srun_portal*\"]\n[[network]]\nconfidence = \"low\"\nssid = [\"*\"]\n"

// odd is a loaded helper with some code.
func odd(t testing.TB, code string) *live.Helper {
	t.Helper()
	filetest.NeedsPrograms(t, "/usr/bin/python3")
	dir := t.TempDir()
	write(t, dir, "odd", code, anywhere)
	return load(t, dir)
}

// TestBadHelpers lets helpers misbehave in a login. Each is a named failure.
func TestBadHelpers(t *testing.T) {
	hotspot := hotspot(t, portaltest.KindSrun, 1)
	for name, test := range map[string]struct{ code, want string }{
		"crash":              {"def authenticate(p): sys.exit('no way')", "it ended with exit code 1: no way"},
		"killed":             {"def authenticate(p): os.abort()", "signal aborted"},
		"silence":            {"def authenticate(p): os.close(1); time.sleep(0.1); os._exit(0)", "it ended without an answer"},
		"closed and alive":   {"def authenticate(p): os.close(1); time.sleep(1000)", "it ended without an answer"},
		"nonsense":           {"def authenticate(p): print('hello', flush=True)", `no message, which is an object of JSON: "hello"`},
		"no object":          {"def authenticate(p): print('[1]', flush=True)", `object of JSON: "[1]"`},
		"no line end":        {"def authenticate(p): sys.stdout.write('{\"parameters\":{}}'); sys.stdout.flush(); os._exit(0)", "it ended without an answer"},
		"no result":          {"def authenticate(p): return {}", "it has no result.outcome"},
		"no wrapper":         {"def authenticate(p): return {'outcome': 'submitted'}", "it has no result.outcome"},
		"another outcome":    {"def authenticate(p): return result('online')", `no outcome "online"`},
		"another type":       {"def authenticate(p): return {'result': 7}", "read its result: result: want an object, not number"},
		"no parameters":      {"def authenticate(p): send({}); time.sleep(1000)", "read its result: there are no parameters"},
		"a reason":           {"def authenticate(p): send({'error': 'x.Y', 'parameters': {'reason': 'step \"a\" \\ b'}}); time.sleep(1000)", `x.Y: step "a" \ b`},
		"many lines said":    {"def authenticate(p): print('first', 'cause', sep=' ', file=sys.stderr); print('middle', file=sys.stderr); sys.exit('last')", "exit code 1: first cause … last"},
		"an error":           {"def authenticate(p): send({'error': 'x.Y', 'parameters': {'why': 'because'}}); time.sleep(1000)", `x.Y {"why":"because"}`},
		"a long line":        {"def authenticate(p):\n    while True: sys.stdout.write('x' * 65536)", "a line of more than 262144 bytes"},
		"many lines":         {"def authenticate(p):\n    while True: print()", "more than 250 lines"},
		"many bytes":         {"def authenticate(p):\n    while True: print(json.dumps({'method': 'x' * 200000}), flush=True)", "more than 2097152 bytes"},
		"deep JSON":          {"def authenticate(p): print('[' * 100000, flush=True)", "deeper than 32"},
		"many calls":         {"def authenticate(p):\n    while True: send({'method': 'a.b.C'}); receive()", "more than 250 lines"},
		"many exchanges":     {"def authenticate(p):\n    while True: ask('/')", "more than 250 lines"},
		"forks":              {"def authenticate(p):\n    while True: os.fork()", "PermissionError"},
		"memory":             {"def authenticate(p):\n    all = []\n    while True: all.append(bytearray(1 << 20))", "MemoryError"},
		"a socket":           {"def authenticate(p):\n    import socket; socket.create_connection(('192.0.2.12', 80))", "PermissionError"},
		"somebody's secrets": {"def authenticate(p): open(os.path.expanduser('/etc/shadow'))", "PermissionError"},
	} {
		t.Run(name, func(t *testing.T) {
			helper := odd(t, test.code)
			result, err := helper.Authenticate(t.Context(), meet(t, helper, hotspot).job())
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "run helper odd: ") {
				t.Errorf("%+v, %v; want %s", result, err, test.want)
			}
		})
	}
}

// TestRefusedHelpers loads helpers that do not say what they should, and those that others could replace.
func TestRefusedHelpers(t *testing.T) {
	filetest.NeedsPrograms(t, "/usr/bin/python3")
	for name, test := range map[string]struct {
		code, registration string
		mode               os.FileMode
		want               string
	}{
		"another error":      {"def grease(p): send({'error': 'x.Unknown', 'parameters': {}}); return {}", anywhere, 0o700, `with the error "x.Unknown"; want org.varlink.service.MethodNotFound`},
		"unknown methods":    {"def grease(p): return {}", anywhere, 0o700, "answers a method that does not exist"},
		"another name":       {"description['name'] = 'srun'", anywhere, 0o700, "registered as"},
		"no label":           {"del description['label']", anywhere, 0o700, "label: want"},
		"a wrong version":    {"description['version'] = 'new'", anywhere, 0o700, "version: want"},
		"all hosts":          {"description['hosts'] = ['*.com']", anywhere, 0o700, "hosts: "},
		"no hosts":           {"description['hosts'] = []", anywhere, 0o700, "hosts: "},
		"an odd input":       {"description['inputs'][0]['name'] = 'a b'", anywhere, 0o700, "inputs: want names"},
		"no prompt":          {"del description['inputs'][0]['prompt']", anywhere, 0o700, "inputs: want a prompt"},
		"many terms":         {"description['terms'] = ['x'] * 6", anywhere, 0o700, "terms: 6"},
		"no networks":        {"", "", 0o700, "no [[network]]"},
		"an unknown key":     {"", "secrets = true\n" + anywhere, 0o700, "secrets"},
		"too much memory":    {"", "memory = 4096\n" + anywhere, 0o700, "want 16 to 1024 MiB"},
		"writable by others": {"", anywhere, 0o777, "another user could replace it"},
		"not executable":     {"", anywhere, 0o600, "odd.py: it is not executable: mode is 0600"},
		"a missing file":     {"", "files = [\"none\"]\n" + anywhere, 0o700, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "odd", test.code, test.registration)
			if err := os.Chmod(filepath.Join(dir, "odd.py"), test.mode); err != nil {
				t.Fatal(err)
			}
			helpers, err := loadAll(t, dir)
			if err == nil || len(helpers) > 0 || !strings.Contains(err.Error(), test.want) {
				t.Errorf("loads %d helpers: %v; want %s", len(helpers), err, test.want)
			}
		})
	}
	dir := t.TempDir()
	write(t, dir, "srun", "", anywhere)
	if helpers, err := loadAll(t, dir); err == nil || len(helpers) > 0 {
		t.Errorf("a helper takes the name of one that comes with the program: %v", err)
	}
}

// TestClaims asks about networks: one program answers for all of a scan.
func TestClaims(t *testing.T) {
	helper := odd(t, `
def claim(p): return {"claims": [{"confidence": "high", "reason": f"asked with {len(p['networks'])} others" if n["ssid"] != "none" else "", "unknown": 1} if n["ssid"] != "none" else {"confidence": "none", "reason": "not mine"} for n in p["networks"]], "more": {}}
`)
	const networks = 40
	var asked sync.WaitGroup
	var mu sync.Mutex
	together := 0
	for i := range networks {
		asked.Go(func() {
			claim := helper.Claim(t.Context(), claims.NewFacts(wifi.Network{SSID: wifi.SSID(fmt.Sprint(i))}, nil))
			mu.Lock()
			defer mu.Unlock()
			if claim.Confidence != claims.Low || claim.Helper != "odd" {
				t.Errorf("claims %+v", claim)
			}
			if claim.Rule != "asked with 1 others" {
				together++
			}
		})
	}
	asked.Wait()
	if together == 0 {
		t.Error("each network was asked about alone")
	}
	if claim := helper.Claim(t.Context(), claims.NewFacts(wifi.Network{SSID: "none"}, nil)); claim.Confidence != claims.None || claim.Reason != "not mine" {
		t.Errorf("claims %+v", claim)
	}
}

// TestShown lets a helper tell what it sees in a claim.
func TestShown(t *testing.T) {
	helper := odd(t, `def claim(p): return {"claims": [{"confidence": "high", "reason": json.dumps(p["evidence"])[:200]}]}`)
	c := meet(t, helper, hotspot(t, portaltest.KindSrun, 1))
	claim := c.claim(t)
	if claim.Confidence != claims.High || strings.Contains(claim.Rule, "ac_id=7") || !strings.Contains(claim.Rule, "ac_id=…") && !strings.Contains(claim.Rule, `ac_id=\u2026`) {
		t.Errorf("claims %+v", claim)
	}
	unseen := odd(t, "def claim(p): sys.exit('asked')")
	if claim := unseen.Claim(t.Context(), claims.NewFacts(wifi.Network{SSID: "x"}, nil)); !strings.Contains(claim.Reason, "asked") {
		t.Errorf("claims %+v", claim)
	}
	dir := t.TempDir()
	write(t, dir, "odd", "def claim(p): sys.exit('asked')", "[[network]]\nconfidence = \"low\"\nssid = [\"Campus\"]\n")
	if claim := load(t, dir).Claim(t.Context(), claims.NewFacts(wifi.Network{SSID: "x"}, nil)); claim.Reason != "no rule matches the name" {
		t.Errorf("a network that it may not see: %+v", claim)
	}
}

// TestBadClaims lets helpers misbehave in claims. They are left alone for a while, and do not delay others.
func TestBadClaims(t *testing.T) {
	facts := claims.NewFacts(wifi.Network{SSID: "x"}, nil)
	for name, test := range map[string]struct{ code, want string }{
		"crash":       {"def claim(p): sys.exit('no way')", "no way"},
		"too many":    {"def claim(p): return {'claims': [{'confidence': 'low'}] * 2}", "2 for 1 networks"},
		"sure":        {"def claim(p): return {'claims': [{'confidence': 'certain'}]}", `parse confidence "certain"`},
		"an exchange": {"def claim(p): return {'claims': [{'confidence': 'none', 'reason': ask('http://192.0.2.12/')['error']}]}", "MethodNotFound"},
		"hang":        {"def claim(p): time.sleep(1000)", "no answer within 2s"},
		"drip":        {"def claim(p):\n    while True: sys.stdout.write(' '); sys.stdout.flush(); time.sleep(0.1)", "no answer within 2s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			helper := odd(t, test.code)
			if strings.Contains(test.want, "2s") {
				helper.Patience(2 * time.Second)
			}
			claim := helper.Claim(t.Context(), facts)
			if claim.Confidence != claims.None || !strings.Contains(claim.Reason, test.want) {
				t.Errorf("claims %+v, want %s", claim, test.want)
			}
			if name == "an exchange" {
				return
			}
			if claim = helper.Claim(t.Context(), facts); !strings.Contains(claim.Reason, "left alone") {
				t.Errorf("is asked again: %+v", claim)
			}
		})
	}
	helper := odd(t, "def claim(p): time.sleep(1000)")
	ctx, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	if claim := helper.Claim(ctx, facts); claim.Reason != claims.ReasonLate {
		t.Errorf("late: %+v", claim)
	}
}

// agreed is consent to what the exchanges of a helper without terms accept.
var agreed = consent.Given{Terms: consent.Always, Texts: []string{consent.Digest(flow.UnnamedTerms)}}

// TestExchanges keeps to the rules of sessions: each line is what a helper gets.
func TestExchanges(t *testing.T) {
	for name, test := range map[string]struct {
		code  string // evaluated as the reason of the result
		given consent.Given
		want  string
	}{
		"another host":       {"ask('http://elsewhere.test/')['parameters']['kind']", consent.Given{}, "host"},
		"this computer":      {"ask('http://127.0.0.1/')['parameters']['kind']", consent.Given{}, "host"},
		"another scheme":     {"ask('file:///etc/passwd')['parameters']['kind']", consent.Given{}, "invalid"},
		"a page":             {"str(ask('/srun_portal_pc?ac_id=7')['parameters']['status'])", consent.Given{}, "200"},
		"a method":           {"exchange(url='/', method='DELETE')['error']", consent.Given{}, "org.varlink.service.InvalidParameter"},
		"two bodies":         {"exchange(url='/', body='x', form={'a': 'b'})['error']", consent.Given{}, "org.varlink.service.InvalidParameter"},
		"a reserved header":  {"exchange(url='/', headers={'Host': 'elsewhere.test'})['parameters']['kind']", consent.Given{}, "invalid"},
		"two of one header":  {"exchange(url='/x', headers={'X-User': p['inputs']['user'], 'x-user': 'nobody'}, form={'accept': 'yes'})['parameters']['kind']", consent.Given{}, "invalid"},
		"a strange field":    {"exchange(url='/', form={'a': 7})['error']", consent.Given{}, "org.varlink.service.InvalidParameter"},
		"an unknown member":  {"str(exchange(url='/srun_portal_pc', unknown=1)['parameters']['status'])", consent.Given{}, "200"},
		"the secret":         {"ask('/x?p=' + p['inputs']['password'])['parameters']['kind']", consent.Given{}, "secret"},
		"the secret, posted": {"exchange(url='/x', form={'p': p['inputs']['password']})['parameters']['kind']", consent.Given{}, "secret"},
		"in JSON":            {"exchange(url='/x', json={'a': [{'p': p['inputs']['password']}]})['parameters']['kind']", consent.Given{}, "secret"},
		"in a header":        {"exchange(url='/x', headers={'X-P': p['inputs']['password']})['parameters']['kind']", consent.Given{}, "secret"},
		"as a header's name": {"exchange(url='/x', headers={'X-' + p['inputs']['password']: 'a'})['parameters']['kind']", consent.Given{}, "secret"},
		"as a field's name":  {"exchange(url='/x', form={p['inputs']['password']: p['inputs']['user']})['parameters']['kind']", consent.Given{}, "secret"},
		"as a member's name": {"exchange(url='/x', json={p['inputs']['password']: p['inputs']['user']})['parameters']['kind']", consent.Given{}, "secret"},
		"as a parameter":     {"ask('/x?' + p['inputs']['password'] + '=1')['parameters']['kind']", consent.Given{}, "secret"},
		"a digest after ;":   {"ask('/x?a=1;digest=abcdefgh')['parameters']['kind']", consent.Given{}, "secret"},
		"a long URL":         {"exchange(url='/' + 'x' * 8192)['error']", consent.Given{}, "org.varlink.service.InvalidParameter"},
		"many parameters":    {"exchange(url='/?' + 'a=b&' * 101)['error']", consent.Given{}, "org.varlink.service.InvalidParameter"},
		"as the host":        {"ask('http://' + p['inputs']['password'] + '.test/')['parameters']['kind']", consent.Given{}, "host"},
		"a digest":           {"ask('/x?digest=' + hashlib.md5(p['inputs']['password'].encode()).hexdigest())['parameters']['kind']", consent.Given{}, "secret"},
		"a digest, posted":   {"exchange(url='/x', form={'digest': 'abc'})['parameters']['kind']", agreed, "secret"},
		"a digest in JSON":   {"exchange(url='/x', json={'digest': {'a': 'abc'}})['parameters']['kind']", agreed, "secret"},
		"a digest, repeated": {"(exchange(url='/x', form={'digest': 'abcdefgh'}), ask('/x?other=abcdefgh'))[1]['parameters']['kind']", agreed, "secret"},
		"a press":            {"exchange(url='/x', form={'accept': 'yes'})['parameters']['kind']", consent.Given{}, "terms"},
		"agreed":             {"str('status' in exchange(url='/x', form={'accept': 'yes'})['parameters'])", agreed, "True"},
		"with the user":      {"str('status' in exchange(url='/x', form={'u': p['inputs']['user']})['parameters'])", consent.Given{}, "True"},
	} {
		t.Run(name, func(t *testing.T) {
			helper := odd(t, "def authenticate(p): return result('submitted', reason="+test.code+")")
			c := meet(t, helper, hotspot(t, portaltest.KindSrun, 1))
			c.consent = test.given
			if result := c.run(t, helper.Authenticate, flow.Submitted); result.Reason != test.want {
				t.Errorf("got %s, want %s; trace %+v", result.Reason, test.want, c.bound.Trace())
			}
		})
	}
}

// TestPresses lets helpers press a button with what is not sent, or is not the user's although the helper says so.
func TestPresses(t *testing.T) {
	buy := "form={'accept': 'yes', 'price': '99'})"
	for name, test := range map[string]struct {
		code  string
		given consent.Given
		want  string // the kind of the refusal; empty: it is sent
	}{
		"a constant":                  {"exchange(url='/buy', " + buy, consent.Given{}, "terms"},
		"a fragment":                  {"exchange(url='/buy#' + p['inputs']['user'], " + buy, consent.Given{}, "terms"},
		"a query in a fragment":       {"exchange(url='/buy#?user=' + p['inputs']['user'], " + buy, consent.Given{}, "terms"},
		"before the host":             {"exchange(url='http://' + p['inputs']['user'] + '@' + p['portal']['url'].split('/')[2] + '/buy', " + buy, consent.Given{}, "terms"},
		"the name of a member":        {"exchange(url='/buy', json={p['inputs']['user']: 'yes', 'price': '99'})", consent.Given{}, "terms"},
		"a secret field":              {"exchange(url='/buy', form={'digest': 'yes', 'price': '99'})", consent.Given{Cleartext: true}, "terms"},
		"a secret member":             {"exchange(url='/buy', json={'digest': {'accept': 'yes'}, 'price': '99'})", consent.Given{Cleartext: true}, "terms"},
		"a secret header":             {"exchange(url='/buy', headers={'digest': 'yes'}, " + buy, consent.Given{Cleartext: true}, "terms"},
		"a secret parameter":          {"exchange(url='/buy?digest=yes', " + buy, consent.Given{Cleartext: true}, "terms"},
		"a secret field, repeated":    {"(ask('/x?digest=abcdefgh'), exchange(url='/buy', form={'accept': 'abcdefgh'}))[1]", consent.Given{Cleartext: true}, "terms"},
		"a path of the user's":        {"exchange(url='/users/' + p['inputs']['user'], form={'login': 'yes'})", consent.Given{}, ""},
		"a parameter of the user's":   {"exchange(url='/login?user=' + p['inputs']['user'], form={'login': 'yes'})", consent.Given{}, ""},
		"a header of the user's":      {"exchange(url='/login', headers={'X-User': p['inputs']['user']}, form={'login': 'yes'})", consent.Given{}, ""},
		"the password as a base64":    {"exchange(url='/login', form={'p': __import__('base64').b64encode(p['inputs']['password'].encode()).decode()})", consent.Given{Cleartext: true}, ""},
		"a digest beside the account": {"exchange(url='/login', form={'u': p['inputs']['user'], 'digest': 'abcdefgh'})", consent.Given{Cleartext: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			helper := odd(t, "def authenticate(p): return result('submitted', reason=("+test.code+")['parameters'].get('kind', ''))")
			c := meet(t, helper, hotspot(t, portaltest.KindSrun, 1))
			c.consent = test.given
			result, err := helper.Authenticate(t.Context(), c.job())
			isPressed := slices.ContainsFunc(c.bound.Trace(), func(e portal.Exchange) bool { return e.Method == http.MethodPost })
			if err != nil || isPressed != (test.want == "") || result.Reason != test.want {
				t.Errorf("%+v, %v; trace %+v", result, err, c.bound.Trace())
			}
		})
	}
}

// TestPressesOfSessions keeps and ends sessions by buttons: what a helper kept in the session is none of the user's.
func TestPressesOfSessions(t *testing.T) {
	const terms = "the terms of the campus"
	named := "description['terms'] = ['" + terms + "']\n"
	agreed := consent.Given{Terms: consent.Always, Texts: []string{consent.Digest(terms)}}
	for name, test := range map[string]struct {
		registered string
		fields     string
		given      consent.Given
		want       string // of a keepalive; empty: it is sent
	}{
		"a value of the session":       {"", "{'accept': p['session']['x']}", consent.Given{}, flow.UnnamedTerms},
		"a long value of the session":  {"", "{'accept': p['session']['token']}", consent.Given{}, flow.UnnamedTerms},
		"a value of the user's":        {"", "{'user': p['inputs']['user'], 'accept': p['session']['x']}", consent.Given{}, ""},
		"agreed to any button":         {"", "{'accept': p['session']['x']}", consent.Given{Terms: consent.Always, Texts: []string{consent.Digest(flow.UnnamedTerms)}}, ""},
		"agreed to the terms":          {named, "{'accept': p['session']['x']}", agreed, ""},
		"not agreed any more":          {named, "{'accept': p['session']['x']}", consent.Given{}, terms},
		"not agreed, but the user's":   {named, "{'user': p['inputs']['user']}", consent.Given{}, ""},
		"agreed to no button, instead": {named, "{'accept': 'yes'}", consent.Given{Terms: consent.Always, Texts: []string{consent.Digest("others")}}, terms},
	} {
		t.Run(name, func(t *testing.T) {
			helper := odd(t, test.registered+"def press(p): return result('submitted', reason=exchange(url='/buy', form="+test.fields+")['parameters'].get('kind', ''))\nmaintain = logoff = press")
			c := meet(t, helper, hotspot(t, portaltest.KindSrun, 1))
			c.consent, c.session = test.given, map[string]string{"x": "yes", "token": "0123456789abcdef"}
			isPressed := func() bool {
				return slices.ContainsFunc(c.bound.Trace(), func(e portal.Exchange) bool { return e.Method == http.MethodPost })
			}
			if result, err := helper.Maintain(t.Context(), c.job()); err != nil || isPressed() != (test.want == "") || (result.Reason == "terms") != (test.want != "") {
				t.Errorf("keepalive: %+v, %v; trace %+v", result, err, c.bound.Trace())
			}
			if result, err := helper.Logoff(t.Context(), c.job()); err != nil || !isPressed() {
				t.Errorf("logoff, which the user asked for: %+v, %v", result, err)
			}
		})
	}
}

// TestRevokedTerms revokes the consent to terms that a helper names, during its login.
func TestRevokedTerms(t *testing.T) {
	const terms = "the terms of the campus"
	helper := odd(t, "description['terms'] = ['"+terms+"']\ndef authenticate(p):\n    ask('/')\n    exchange(url='/x', form={'user': p['inputs']['user']})\n    return result('denied')")
	c := meet(t, helper, hotspot(t, portaltest.KindSrun, 1))
	c.consent = consent.Given{Terms: consent.Always, Texts: []string{consent.Digest(terms)}}
	wire := c.wire
	c.wire = roundTripper(func(r *http.Request) (*http.Response, error) {
		c.consent = consent.Given{}
		return wire.RoundTrip(r)
	})
	if result := c.run(t, helper.Authenticate, flow.NeedsUser); result.Terms != terms {
		t.Errorf("%+v", result)
	}
}

// TestConcealed lets helpers conceal that the user has to agree first.
func TestConcealed(t *testing.T) {
	helper := odd(t, "def authenticate(p):\n    exchange(url='/x', form={'digest': 'abc', 'user': p['inputs']['user']})\n    return result('denied')")
	c := meet(t, helper, hotspot(t, portaltest.KindSrun, 1))
	c.consent = consent.Given{}
	if result, err := helper.Authenticate(t.Context(), c.job()); err == nil || !strings.Contains(err.Error(), "not encrypted") {
		t.Errorf("%+v, %v", result, err)
	}
	helper = odd(t, "def authenticate(p):\n    exchange(url='/x', form={'a': 'b'})\n    sys.exit(1)")
	if result := c.run(t, helper.Authenticate, flow.NeedsUser); result.Terms != flow.UnnamedTerms {
		t.Errorf("%+v", result)
	}
	helper = odd(t, "description['terms'] = ['the terms of the campus']")
	if result := c.run(t, helper.Authenticate, flow.NeedsUser); result.Terms != "the terms of the campus" {
		t.Errorf("%+v", result)
	}
}

// TestSecrets looks for secrets in all that a helper makes the agent say.
func TestSecrets(t *testing.T) {
	helper := odd(t, `
def authenticate(p):
    secret = p["inputs"]["password"]
    print("it is", secret, file=sys.stderr)
    print("\x1b[31m" + "a" * 10000, file=sys.stderr)
    for i in range(1000): print(i, file=sys.stderr)
    if p["inputs"]["user"] == "fails": send({"error": "x." + secret, "parameters": {"p": secret}}); time.sleep(1000)
    return result("submitted", reason="it is " + secret, expires=10 ** 12, every=1, session={"a": "is " + secret, "b": "kept", "c d": "x", "d" + secret: "x"})
`)
	var mu sync.Mutex
	var logged bytes.Buffer
	helper.LogTo(slog.New(slog.NewTextHandler(locked{&mu, &logged}, nil)))
	c := meet(t, helper, hotspot(t, portaltest.KindSrun, 1))
	result := c.run(t, helper.Authenticate, flow.Submitted)
	if result.Reason != "it is [redacted]" || len(result.Captures) != 1 || result.Captures["b"] != "kept" || result.Every != 5*time.Second {
		t.Errorf("%+v", result)
	}
	c.inputs["user"] = "fails"
	if _, err := helper.Authenticate(t.Context(), c.job()); err == nil || strings.Contains(err.Error(), password) {
		t.Errorf("fails as %v", err)
	}
	mu.Lock()
	defer mu.Unlock()
	if text := logged.String(); strings.Contains(text, password) || !strings.Contains(text, "it is [redacted]") || strings.Contains(text, "\x1b") || strings.Count(text, "\n") > 110 || len(text) > 20000 {
		t.Errorf("logs %d bytes: %.2000s", len(text), text)
	}
}

// locked is a buffer that several goroutines write to.
type locked struct {
	mu  *sync.Mutex
	out *bytes.Buffer
}

func (l locked) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(text)
}

// TestChanged lets a program change after it was loaded.
func TestChanged(t *testing.T) {
	filetest.NeedsPrograms(t, "/usr/bin/python3")
	dir := t.TempDir()
	write(t, dir, "odd", "", anywhere)
	helper := load(t, dir)
	c := meet(t, helper, hotspot(t, portaltest.KindSrun, 1))
	now := time.Now().Add(time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "odd.py"), now, now); err != nil {
		t.Fatal(err)
	}
	c.run(t, helper.Authenticate, flow.Submitted) // it was only touched
	write(t, dir, "odd", "# other code", anywhere)
	if _, err := helper.Authenticate(t.Context(), c.job()); err == nil || !strings.Contains(err.Error(), "changed since it was read") {
		t.Errorf("a changed program runs: %v", err)
	}
	for name, end := range map[string]func(context.Context, plugins.Job) (flow.Result, error){"maintain": helper.Maintain, "logoff": helper.Logoff} {
		if _, err := end(t.Context(), c.job()); err == nil || !strings.Contains(err.Error(), "belongs to the program that logged in") || strings.Contains(err.Error(), "SIGHUP") {
			t.Errorf("%s of a changed program: %v", name, err)
		}
	}
	if again := load(t, dir); again.Maker() == helper.Maker() || again.Maker().Check() != nil {
		t.Errorf("the maker of a changed program is %s, and was %s", again.Maker(), helper.Maker())
	}
	write(t, dir, "odd", "description['hosts'].append('elsewhere.test')", anywhere)
	more := load(t, dir).Maker()
	if more == helper.Maker() {
		t.Error("a program that talks to more hosts has the same maker")
	}
}

// TestCancelled ends a login.
func TestCancelled(t *testing.T) {
	helper := odd(t, "def authenticate(p):\n    exchange(url='/')\n    if sys.stdin.readline(): print('cancelled', file=sys.stderr, flush=True)\n    time.sleep(1000)")
	var mu sync.Mutex
	var logged bytes.Buffer
	helper.LogTo(slog.New(slog.NewTextHandler(locked{&mu, &logged}, nil)))
	c := meet(t, helper, hotspot(t, portaltest.KindSrun, 1))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	wire := c.wire
	c.wire = roundTripper(func(r *http.Request) (*http.Response, error) {
		defer stop()
		return wire.RoundTrip(r)
	})
	if _, err := helper.Authenticate(ctx, c.job()); err == nil || ctx.Err() == nil {
		t.Errorf("ends with %v", err)
	}
	mu.Lock()
	defer mu.Unlock()
	if !strings.Contains(logged.String(), "cancelled") {
		t.Errorf("is not told: %s", logged.String())
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
