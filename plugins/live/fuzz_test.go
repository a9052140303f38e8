package live

import (
	"encoding/json"
	"testing"
	"testing/fstest"

	"hotspot-helper/portal"
)

// FuzzAnswers reads what a helper may write.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		`{"name":"odd","version":"1.0.0","label":"Odd","hosts":["login.odd.test","@start"],"inputs":[{"name":"pin","prompt":"PIN","secret":true}]}`,
		`{"claims":[{"confidence":"high","reason":"a name","label":"x"}]}`,
		`{"method":"POST","url":"/x","form":{"a":"b","c":["d","e"]},"headers":{"X-A":"b"}}`,
		`{"url":"/x","json":{"a":[{"digest":"b"}]}}`, `{"form":null}`, `[[[[]]]]`, `"\"[{`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if checkShape(text) != nil {
			return
		}
		if d, err := parseDescription(text, "odd"); err == nil {
			if _, err := portal.NewHostList(portal.Config{Hosts: d.Hosts, Shared: d.SharedHosts}); err != nil || d.Name != "odd" {
				t.Errorf("accepts %q: %v", text, err)
			}
		}
		if answers, err := parseClaims(text, 1); err == nil && (len(answers) != 1 || len(answers[0].reason) > maxReason+len("…")) {
			t.Errorf("accepts %q", text)
		}
		var call exchangeCall
		if json.Unmarshal(text, &call) == nil && call.check() == nil && call.Method != "POST" && len(call.Form) > 0 {
			t.Errorf("accepts %q", text)
		}
	})
}

// FuzzRegistration reads files of registrations.
func FuzzRegistration(f *testing.F) {
	f.Add([]byte("api = 1\nexec = \"x\"\n[[network]]\nconfidence = \"high\"\nportal_path = [\"/x*\"]\n"))
	f.Add([]byte("api = 1\nexec = \"/x\"\nargs = [\"a\\u0000\"]\nfiles = [\"../y\"]\nmemory = 99\nprocesses = true\n[[network]]\nssid_file = \"x\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := readRegistration(fstest.MapFS{"odd.toml": {Data: text}}, "/dir", ".", "odd")
		if err == nil && (r.rules == nil || r.program.Path[0] != '/' || r.program.Memory < minMemory<<20) {
			t.Errorf("accepts %q as %+v", text, r)
		}
	})
}
