package probe_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/probe"
)

// The defaults must be able to outvote one blocked operator and one host that a portal lets through.
func TestCatalogueDefaults(t *testing.T) {
	endpoints, err := probe.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	operators := map[string]bool{}
	statuses := map[int]bool{}
	secure := 0
	for _, e := range endpoints {
		if !e.Default {
			continue
		}
		operators[e.Operator], statuses[e.Status] = true, true
		if strings.HasPrefix(e.URL, "https:") {
			secure++
		}
	}
	if len(operators) < 3 || !statuses[200] || !statuses[204] || secure == 0 {
		t.Errorf("defaults: operators %v, statuses %v, %d over https", operators, statuses, secure)
	}
}

func TestParseCatalogue(t *testing.T) {
	got, err := probe.ParseCatalogue("own.toml", []byte(`
[[endpoint]]
name = "own"
operator = "Me"
url = "http://check.test/x?y"
status = 204
header = { x-own = "1" }
default = true
note = "mine"
`))
	want := []probe.Endpoint{{
		Name: "own", Operator: "Me", URL: "http://check.test/x?y", Status: 204,
		Header: map[string]string{"X-Own": "1"}, Default: true, Note: "mine",
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v, -want +got:\n%s", err, diff)
	}
}

func TestParseCatalogueReportsMistakes(t *testing.T) {
	const good = "[[endpoint]]\nname='a'\noperator='A'\nurl='http://a.test/'\nstatus=204\ndefault=true\n"
	tests := []struct {
		name, data string
		want       []string // parts of the error, one for each line of it
	}{
		{"nothing", "", []string{"at least one [[endpoint]]"}},
		{"syntax", "[[endpoint]\n", []string{"At line 2"}},
		{"one table", "[endpoint]\nname='a'\n", []string{"at least one [[endpoint]]"}},
		{"unknown keys", good + "nmae='b'\nName='c'\n[other]\n", []string{`unknown key "other"`, `unknown key "Name"`, `unknown key "nmae"`}},
		{"same name", good + good, []string{`endpoint "a": name "a" is taken`}},
		{"all missing", good + "[[endpoint]]\n", []string{"endpoint 2: want a name", "endpoint 2: want an operator", "absolute http or https", "status 0"}},
		{"types", good + "[[endpoint]]\nname='b'\noperator=1\nurl='http://b/'\nstatus='204'\n", []string{"operator: want string, not int64", "status: want int64, not string", "want an operator", "status 0"}},
		{"relative URL", strings.Replace(good, "http://a.test/", "/a", 1), []string{"absolute http or https", "default endpoint over http"}},
		{"URL with user", strings.Replace(good, "http://", "http://u@", 1), []string{"neither user nor fragment"}},
		{"broken URL", strings.Replace(good, "http://", "http://%", 1), []string{"invalid URL escape"}},
		{"redirect as answer", strings.Replace(good, "204", "302", 1), []string{"status 302"}},
		{"204 with a body", good + "body='x'\n", []string{"204 has no body"}},
		{"any page would do", strings.Replace(good, "204", "200", 1), []string{"want a body or a header"}},
		{"white space", strings.Replace(good, "204", "200", 1) + "body=' x'\n", []string{"without white space"}},
		{"header name", good + "header={'a b'='c'}\n", []string{`"a b" is not a field name`}},
		{"header value", good + "header={a=1}\n", []string{"a: want string, not int64"}},
		{"no default", strings.Replace(good, "true", "false", 1), []string{"default endpoint over http"}},
		{"default over https only", strings.Replace(good, "http:", "https:", 1), []string{"default endpoint over http"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := probe.ParseCatalogue("own.toml", []byte(test.data))
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error lacks %q:\n%v", want, err)
				}
			}
			if n := strings.Count(err.Error(), "parse catalogue own.toml: "); n != len(test.want) {
				t.Errorf("%d mistakes, want %d:\n%v", n, len(test.want), err)
			}
		})
	}
}

func FuzzParseCatalogue(f *testing.F) {
	shipped, err := os.ReadFile("endpoints.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(shipped)
	f.Add([]byte("[[endpoint]]\nname='a'\noperator='A'\nurl='http://a.test/'\nstatus=204\ndefault=true\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		endpoints, err := probe.ParseCatalogue("fuzz.toml", data)
		if (err == nil) == (len(endpoints) == 0) {
			t.Errorf("%d endpoints, error %v", len(endpoints), err)
		}
	})
}
