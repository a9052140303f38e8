package probe_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/internal/strict"
	"hotspot-helper/probe"
)

// The defaults outvote one blocked operator and one host that a portal lets through.
func TestCatalogueDefaults(t *testing.T) {
	endpoints, err := probe.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	operators := map[string]bool{}
	statuses := map[int]bool{}
	secure, plain := 0, 0 // only plain http shows a portal
	for _, e := range endpoints {
		if !e.Default {
			continue
		}
		operators[e.Operator], statuses[e.Status] = true, true
		if strings.HasPrefix(e.URL, "https:") {
			secure++
		} else {
			plain++
		}
	}
	if len(operators) < 3 || !statuses[200] || !statuses[204] || secure == 0 || plain == 0 {
		t.Errorf("defaults: operators %v, statuses %v, %d over https", operators, statuses, secure)
	}
}

// The two files of the catalogue make one list, and the first one has the defaults.
func TestCatalogueIsOneList(t *testing.T) {
	all, err := probe.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	defaults, err := probe.Defaults()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for i, e := range all {
		if names[e.Name] {
			t.Errorf("two endpoints are named %q", e.Name)
		}
		names[e.Name] = true
		if e.Default != (i < len(defaults)) {
			t.Errorf("%s: default is %t, in the wrong file", e.Name, e.Default)
		}
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
		want       []string // parts of the error, one for each line
	}{
		{"nothing", "", []string{"at least one [[endpoint]]"}},
		{"syntax", "[[endpoint]\n", []string{"own.toml:"}},
		{"unknown keys", good + "nmae='b'\nName='c'\n[other]\n", []string{"other", "Name", "nmae"}},
		{"same name", good + good, []string{`name: "a" is taken`}},
		{"all missing", good + "[[endpoint]]\n", []string{"endpoint 2, name: want a name", "endpoint 2, operator: want an operator", "absolute http or https", "not 0"}},
		{"types", good + "[[endpoint]]\nname='b'\noperator=1\nurl='http://b/'\nstatus='204'\n", []string{"own.toml:9: ", "own.toml:11: "}},
		{"relative URL", strings.Replace(good, "http://a.test/", "/a", 1), []string{"absolute http or https"}},
		{"URL with user", strings.Replace(good, "http://", "http://u@", 1), []string{"neither user nor fragment"}},
		{"broken URL", strings.Replace(good, "http://", "http://%", 1), []string{"invalid URL escape"}},
		{"redirect as answer", strings.Replace(good, "204", "302", 1), []string{"own.toml:5: endpoint \"a\", status: want one of 200 to 299, not 302"}},
		{"204 with a body", good + "body='x'\n", []string{"204 has none"}},
		{"any page would do", strings.Replace(good, "204", "200", 1), []string{"want a body or a header"}},
		{"white space", strings.Replace(good, "204", "200", 1) + "body=' x'\n", []string{"without white space"}},
		{"header name", good + "header={'a b'='c'}\n", []string{`"a b" is not a field name`}},
		{"header value", good + "header={a=1}\n", []string{"header"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := probe.ParseCatalogue("own.toml", []byte(test.data))
			mistakes, ok := errors.AsType[strict.Mistakes](err)
			if !ok || len(mistakes) != len(test.want) {
				t.Fatalf("want %d mistakes, got:\n%v", len(test.want), err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error lacks %q:\n%v", want, err)
				}
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
