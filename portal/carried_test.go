package portal_test

import (
	"net/http"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"

	"hotspot-helper/portal"
)

// After a login over TLS the portal makes the session repeat the secret over http: no part of
// the request takes it along.
func TestSecretIsNotRepeated(t *testing.T) {
	const end = "http://login.test/end"
	for name, c := range map[string]struct{ secret, location, cookie, cookies string }{
		"a label of the host":          {"correct-horse", "http://correct-horse.login.test/end", "", "-"},
		"a short label":                {"Abc", "http://abc.login.test/end", "", "-"},
		"a label in another alphabet":  {"пароль-hotspot", "http://xn---hotspot-06g4i6ako4o.login.test/end", "", "-"},
		"a part of a label":            {"correct-horse", "http://xcorrect-horsey.login.test/end", "", "-"},
		"hexadecimal in a label":       {"correct-horse", "http://636f72726563742d686f727365.login.test/end", "", "-"},
		"the port":                     {"2718", "http://login.test:2718/end", "", "-"},
		"a short port":                 {"271", "http://login.test:271/end", "", "-"},
		"the path, with /":             {"pa/ss-w0rd-99", "http://login.test/end/pa/ss-w0rd-99", "", "-"},
		"the path, with %2F":           {"pa/ss-w0rd-99", "http://login.test/end/pa%2Fss-w0rd-99", "", "-"},
		"a short secret with /":        {"a/bc", "http://login.test/end/a/bc", "", "-"},
		"the query, with &":            {"top&secret-99", "http://login.test/end?top&secret-99", "", "-"},
		"the query, with =":            {"abc=secret-99", "http://login.test/end?abc=secret-99", "", "-"},
		"the path and query, with ?":   {"a?bsecret-99", "http://login.test/end/a?bsecret-99", "", "-"},
		"the query, with + for spaces": {"two words & more", "http://login.test/end?q=two+words+%26+more", "", "-"},
		"the query and fragment":       {"a#bsecret-99", "http://login.test/end?a#bsecret-99", "", "-"},
		"a short value of the query":   {"abc", "http://login.test/end?q=a%62c", "", "-"},
		"the name of a cookie":         {"correct-horse", end, "correct-horse=1; Path=/", "id=1"},
		"the value of a cookie":        {"correct-horse", end, "x=correct-horse; Path=/", "id=1"},
		"name and value of a cookie":   {"correct=horse", end, "correct=horse; Path=/", "id=1"},
		"a cookie without a name":      {"abc", end, "=abc; Path=/", "id=1"},
		"another cookie":               {"correct-horse", end, "x=1; Path=/", "id=1; x=1"},
		"another host":                 {"correct-horse", "http://horse.login.test/end", "", ""},
		"the host that is listed":      {"login", end, "", "id=1"},
		"a port from before":           {"8080", "http://login.test:8080/end", "", "id=1"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got []string
				answer := func(w http.ResponseWriter, r *http.Request) {
					got = append(got, r.Header.Get("Cookie"))
				}
				session := network{
					"https://login.test": func(w http.ResponseWriter, _ *http.Request) {
						w.Header().Add("Set-Cookie", "id=1; Path=/")
						if c.cookie != "" {
							w.Header().Add("Set-Cookie", c.cookie)
						}
						w.Header().Set("Location", c.location)
						w.WriteHeader(http.StatusFound)
					},
					"http://login.test": answer, "http://correct-horse.login.test": answer, "http://abc.login.test": answer,
					"http://xcorrect-horsey.login.test": answer, "http://636f72726563742d686f727365.login.test": answer,
					"http://xn---hotspot-06g4i6ako4o.login.test": answer, "http://horse.login.test": answer,
				}.sessionWith(t, portal.Config{
					Hosts: []string{"login.test", "*.login.test", "@gateway"}, Gateway: netip.MustParseAddr("10.1.0.1"),
					Start: mustURL(t, "http://login.test:8080/"),
				})
				if _, err := session.Post(t.Context(), "https://login.test/", portal.Body{Form: []portal.Field{{Name: "pin", Value: portal.Secret(c.secret)}}}); err != nil {
					t.Fatal(err)
				}
				want := []string{c.cookies}
				if c.cookies == "-" {
					want = nil
				}
				if !slices.Equal(got, want) {
					t.Errorf("over http with cookies %q, want %q; %+v", got, want, session.Trace())
				}
			})
		})
	}
}
