package replay

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"hotspot-helper/plugins"
)

// odd is a text that TOML, HTML and URLs escape differently.
const odd = "a \"b\" \\n 'c'\ttab\x01 <é> \\U00000041"

func TestFilesLoad(t *testing.T) {
	t.Parallel()
	latin := []byte("<title>Caf\xe9 du Nord, Lyon</title>")
	want := &Case{
		Name: "case", Description: odd, Flow: plugins.FlowMaintain,
		Network: Network{SSID: `Caf\xe9`, BSSID: "02:00:00:00:00:01", Security: "owe"},
		Link:    Link{Gateway: "192.0.2.1", Address: "192.0.2.50"},
		Portal:  "http://cafe.test/", API: "https://cafe.test/api", WISPr: "<WISPAccessGatewayParam>\n</WISPAccessGatewayParam>",
		Inputs: map[string]string{"user": odd, "empty": ""}, Session: map[string]string{"odd key": odd},
		Now: time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC), Random: "c0ffee", Trace: "golden\n",
		Hops: []Hop{{URL: "http://check.test/", Response: Response{Status: 302, Header: Header{"Location": {"/a"}, "Set-Cookie": {"a=1", "b=2"}}}}},
		Answers: []Answer{
			{To: "GET http://cafe.test/", method: "GET", url: "http://cafe.test/", Form: map[string]string{"a": "b"}, Response: Response{Status: 200, data: latin}},
			{To: "POST http://cafe.test/", method: "POST", url: "http://cafe.test/", Response: Response{Status: 200, data: []byte("two\n\"\"\" lines \\n\n")}},
			{To: "GET http://cafe.test/b", method: "GET", url: "http://cafe.test/b", Response: Response{Status: 200, data: latin}},
			{To: "GET http://cafe.test/c", method: "GET", url: "http://cafe.test/c", Response: Response{Status: 200, Error: "reset"}},
		},
	}
	dir := fstest.MapFS{}
	for name, data := range want.Files() {
		dir[name] = &fstest.MapFile{Data: data}
	}
	got, err := Load(dir, "case", "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Answer{}, Response{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s\n%s", diff, dir["case.toml"].Data)
	}
	pages, err := fs.ReadDir(dir, pagesDir)
	if err != nil || len(pages) != 1 || !strings.HasPrefix(pages[0].Name(), "caf-du-nord-lyon-") || filepath.Ext(pages[0].Name()) != ".html" {
		t.Errorf("want one page for two answers: %v, %v", pages, err)
	}
}

func TestPageName(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"<title> A Café: welcome to everybody and all </title>": "a-caf-welcome-to-everybo-b2c3d4e5.html",
		`{"captive": true}`: "document-.json",
		"<p>no title</p>":   "page-.html",
		"plain":             "text-.txt",
		"\xff\xd8\x00":      "bytes-.bin",
		"<title>日本</title>": ".html",
	} {
		got := pageName([]byte(body))
		ending := filepath.Ext(want)
		stem := strings.TrimSuffix(want, ending)
		stem = stem[:strings.LastIndexByte(stem, '-')+1]
		if !strings.HasPrefix(got, stem) || !strings.HasSuffix(got, ending) || len(got) != len(stem)+8+len(ending) || got != pageName([]byte(body)) {
			t.Errorf("%q: %s, want %s…%s", body, got, stem, ending)
		}
	}
}

// TestWrite writes a case twice, the second time with another page.
func TestWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	page := func(title string) *Case {
		data := []byte(fmt.Sprintf("<title>%s</title>%s", title, strings.Repeat(" ", maxInline)))
		return &Case{Name: "a", Flow: plugins.FlowLogoff, Answers: []Answer{{To: "GET http://a.test/", Response: Response{Status: 200, data: data}}}}
	}
	for _, title := range []string{"first", "second"} {
		if err := page(title).Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	c := Case{Name: "a", Trace: "golden\n"}
	if err := c.WriteTrace(dir); err != nil {
		t.Fatal(err)
	}
	var files []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if !entry.IsDir() {
			name, _, _ = strings.Cut(name, "-")
			files = append(files, name)
		}
		return err
	})
	if diff := cmp.Diff([]string{"a.toml", "a.trace", "pages/first", "pages/second"}, files); diff != "" || err != nil {
		t.Error(diff, err)
	}
	names, err := Names(os.DirFS(dir))
	if !slices.Equal(names, []string{"a"}) || err != nil {
		t.Error(names, err)
	}
	if names, err := Names(os.DirFS(filepath.Join(dir, "missing"))); len(names) > 0 || err != nil {
		t.Error(names, err)
	}
}

// FuzzLoad: any case is loaded or refused, and a loaded case is written so that it loads
// again.
func FuzzLoad(f *testing.F) {
	f.Add(cafe()["cafe/tests/right.toml"].Data)
	f.Add([]byte("flow = 'logoff'\nnow = 2026-01-02T03:04:05Z\n[[answer]]\nto = 'GET http://a.test/'\nheader = { A = [] }\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := fstest.MapFS{"a.toml": {Data: data}, "pages/landing.html": {Data: []byte("x")}}
		c, err := Load(dir, "a", "")
		if err != nil {
			return
		}
		for i := range c.Answers {
			c.Answers[i].JSON = nil // a recorder writes none
		}
		again := fstest.MapFS{}
		for name, data := range c.Files() {
			again[name] = &fstest.MapFile{Data: data}
		}
		if _, err := Load(again, "a", ""); err != nil {
			t.Errorf("%v\n%s", err, again["a.toml"].Data)
		}
	})
}
