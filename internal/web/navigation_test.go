package web

import (
	"net/http"
	"net/url"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestReadNavigation(t *testing.T) {
	type refresh struct {
		URL      string
		After    time.Duration
		Noscript bool
	}
	for _, test := range []struct {
		name, header, body string
		script             string
		refreshes          []refresh
		form               bool
	}{
		{name: "nothing", body: "<p>hello"},
		{name: "form", body: "<form>", form: true},
		{name: "input", body: "<noscript><input></noscript>", form: true},
		{
			name: "header first of two that are due together", header: "1;url=/h", body: `<meta http-equiv=refresh content="1;url=/m">`,
			refreshes: []refresh{{"http://a.test/h", time.Second, false}, {"http://a.test/m", time.Second, false}},
		},
		{
			name: "due first", header: "9;url=/h", body: `<meta http-equiv=Refresh content="5;url=m"><meta http-equiv=refresh content="2">`,
			refreshes: []refresh{{"", 2 * time.Second, false}, {"http://a.test/d/m", 5 * time.Second, false}, {"http://a.test/h", 9 * time.Second, false}},
		},
		{
			name: "base", body: `<base target=x><base href="http://b.test/e/"><base href="/f/"><noscript><meta http-equiv=refresh content="0;url=n"></noscript>`,
			refreshes: []refresh{{"http://b.test/e/n", 0, true}},
		},
		{name: "base of another scheme", body: `<base href="data:x"><script>location = "s"</script>`, script: "http://a.test/d/s"},
		{name: "last script", body: `<script>location = "/1"</script><body onload="location='/2'">`, script: "http://a.test/2"},
		{name: "script for another program", body: `<script>location = "tel:1"</script>`},
		{name: "script in noscript", body: `<noscript><script>location = "/s"</script></noscript>`},
		{name: "template", body: `<script type="text/x-template">location = "/s"</script>`},
		{name: "text", body: `<textarea><meta http-equiv=refresh content="0;url=/l"></textarea><!-- <form> -->`},
	} {
		t.Run(test.name, func(t *testing.T) {
			at := &url.URL{Scheme: "http", Host: "a.test", Path: "/d/page"}
			got := ReadNavigation(at, http.Header{"Refresh": {test.header}}, test.body)
			var refreshes []refresh
			for _, r := range got.Refreshes {
				entry := refresh{After: r.After, Noscript: r.Noscript}
				if r.URL != nil {
					entry.URL = r.URL.String()
				}
				refreshes = append(refreshes, entry)
			}
			if diff := cmp.Diff(test.refreshes, refreshes); diff != "" {
				t.Error(diff)
			}
			script := ""
			if got.Script != nil {
				script = got.Script.String()
			}
			if script != test.script || got.HasForm != test.form {
				t.Errorf("script leads to %q, want %q; has a form: %t, want %t", script, test.script, got.HasForm, test.form)
			}
		})
	}
}

func FuzzReadNavigation(f *testing.F) {
	for _, seed := range []string{
		`<meta http-equiv=refresh content="0;url=/l">`, `<script>location.href="/l"</script>`, `<body onload="location='/l'">`,
		`<base href="//b"><noscript><meta http-equiv=refresh content="0;url='a"></noscript>`, "<script>location.replace('\\u{110000}\\x", "<script>a=/[/]/;`${`",
	} {
		f.Add(seed)
	}
	at, err := url.Parse("http://check.test/204")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got := ReadNavigation(at, nil, body)
		if len(got.Refreshes) > maxRefreshes {
			t.Errorf("%d refreshes", len(got.Refreshes))
		}
		if got.Script != nil && !isWeb(got.Script) {
			t.Errorf("script leads to %s", got.Script)
		}
		if !utf8.ValidString(ScriptRedirect(body)) {
			t.Errorf("ScriptRedirect(%q) is not UTF-8", body)
		}
	})
}
