package web

import (
	"context"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestScriptRedirect(t *testing.T) {
	tests := []struct {
		name, script, want string
	}{
		{"location", `location = "/l"`, "/l"},
		{"location.href", `location.href="/l";`, "/l"},
		{"window.location", `window.location = '/l'`, "/l"},
		{"chain of windows", `window.top.parent.self.document.location.href = "/l"`, "/l"},
		{"replace", `location.replace("/l")`, "/l"},
		{"assign", `document.location.assign('/l');`, "/l"},
		{"HTML comment around", "<!--\nlocation.href = '/l';\n//-->", "/l"},
		{"after other statements", `var a = 1; f(a); location.href = "/l"; g()`, "/l"},
		{"on a line of its own", "f()\nlocation.href = '/l'\ng()", "/l"},
		{"after a regular expression", `var r = /["']/; location.href = "/l"`, "/l"},
		{"after a division", `var r = a / b; location.href = "/l"`, "/l"},
		{"after a function", `function f() { return "x" } location.href = "/l"`, "/l"},
		{"last of two", `location.href = "/a"; location.href = "/b"`, "/b"},
		{"added up", `location.href = "/l" + '?a=1'`, "/l?a=1"},
		{"escapes", `location.href = "http:\/\/p.test\x2fl\u0041\u{42}"`, "http://p.test/lAB"},
		{"white space", `location.href = " /l "`, "/l"},

		{"function", `function f() { location.href = "/l" }`, ""},
		{"function expression", `window.onload = function() { location.href = "/l" }`, ""},
		{"arrow", `setTimeout(() => location.href = "/l", 9e9)`, ""},
		{"condition", `if (a) location.href = "/l"`, ""},
		{"condition over lines", "if (a)\n  location.href = '/l'", ""},
		{"else", `if (a) b(); else location.href = "/l"`, ""},
		{"loop", "while (a)\nlocation.href = '/l'", ""},
		{"short circuit", `a && (location.href = "/l")`, ""},
		{"second operand", `a || location.replace("/l")`, ""},
		{"comparison", `location.href == "/l"`, ""},
		{"variable", `location.href = u`, ""},
		{"string and variable", `location.href = "/l?u=" + u`, ""},
		{"variable and string", `location.href = base + "/l"`, ""},
		{"method of a string", `location.href = "/l".concat(u)`, ""},
		{"choice", `location.href = a ? "/l" : "/m"`, ""},
		{"string that is chosen by", `location.href = "/l" ? a : b`, ""},
		{"other property", `location.hash = "/l"`, ""},
		{"other object", `my.location.href = "/l"`, ""},
		{"longer name", `mylocation.href = "/l"`, ""},
		{"call with more", `location.replace("/l", 1)`, ""},
		{"declaration", `var location = "/l"`, ""},
		{"text", `var a = "location.href = '/l'"`, ""},
		{"comment", `// location.href = "/l"`, ""},
		{"template", "location.href = `/l`", ""},
		{"ends early", `location.href =`, ""},
		{"nothing", ``, ""},
		{"reload", `location.reload()`, ""},
		{"unbalanced", `} location.href = "/l"`, ""},
	}
	for _, test := range tests {
		if got := ScriptRedirect(test.script); got != test.want {
			t.Errorf("%s: ScriptRedirect(%q) = %q, want %q", test.name, test.script, got, test.want)
		}
	}
}

func TestReadScript(t *testing.T) {
	for _, test := range []struct {
		script string
		want   ScriptEffects
	}{
		{`setTimeout(function(){location.href="/l"}, 3000)`, ScriptEffects{Later: "/l", After: 3 * time.Second}},
		{`window.setTimeout(function go() { f(); window.top.location.replace('/l'); }, 5e2);`, ScriptEffects{Later: "/l", After: 500 * time.Millisecond}},
		{`setTimeout(() => { top.self.location = "/l" }, 1)`, ScriptEffects{Later: "/l", After: time.Millisecond}},
		{`setTimeout(() => location.href = "/l", 9e9)`, ScriptEffects{Later: "/l", After: MaxRefresh}},
		{`setTimeout(() => location.assign("/l"))`, ScriptEffects{Later: "/l"}},
		{`setTimeout("location.href='/l'", 1000)`, ScriptEffects{Later: "/l", After: time.Second}},
		{`setTimeout(function(){location.href="/a"}, 2000); setTimeout(function(){location.href="/b"}, 1000)`, ScriptEffects{Later: "/b", After: time.Second}},
		{`setTimeout(function(){ if (a) location.href="/l" }, 1)`, ScriptEffects{}},
		{`setTimeout(function(){ if (a) { location.href="/l" } }, 1)`, ScriptEffects{}},
		{`setTimeout(function(){location.href=u}, 1)`, ScriptEffects{}},
		{`setTimeout(function(){location.href="/l"}, n)`, ScriptEffects{}},
		{`setTimeout(function(x){location.href="/l"}, 1)`, ScriptEffects{}},
		{`setTimeout(go, 1)`, ScriptEffects{}},
		{`setTimeout("setTimeout('location=1', 1)", 1)`, ScriptEffects{}},
		{`setTimeout("setTimeout(\x22location='/m'\x22);location='/l'", 1)`, ScriptEffects{Later: "/l", After: time.Millisecond}},
		{`if (a) setTimeout(function(){location.href="/l"}, 1)`, ScriptEffects{}},
		{`function f() { setTimeout(function(){location.href="/l"}, 1) }`, ScriptEffects{}},
		{`my.setTimeout(function(){location.href="/l"}, 1)`, ScriptEffects{}},
		{`setTimeout(function(){location.href="/l"`, ScriptEffects{}},
		{`setTimeout(`, ScriptEffects{}},
		{`document.cookie = "a=b; path=/"`, ScriptEffects{Cookies: []string{"a=b; path=/"}}},
		{`window.document.cookie='a="1,2"';document.cookie="c="+"d"; location="/l"`, ScriptEffects{Redirect: "/l", Cookies: []string{`a="1,2"`, "c=d"}}},
		{`document.cookie = "a=" + v`, ScriptEffects{}},
		{`if (a) document.cookie = "a=b"`, ScriptEffects{}},
		{`my.document.cookie = "a=b"`, ScriptEffects{}},
	} {
		if diff := cmp.Diff(test.want, ReadScript(test.script)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.script, diff)
		}
	}
}

// nestedTimers returns a script of a size: setTimeout("setTimeout(\x22setTimeout(\x5cx22….
func nestedTimers(size int) string {
	head, tail := `setTimeout("`, `")`
	for quote := `\x22`; len(head) < size/6; quote = `\x5c` + quote[1:] {
		head, tail = head+"setTimeout("+quote, quote+")"+tail
	}
	return head + strings.Repeat("a", size-len(head)-len(tail)) + tail
}

// Timers in the texts of timers cost no more than the script itself.
func TestNestedTimers(t *testing.T) {
	const size, most = 1 << 20, 64 << 20
	script := nestedTimers(size)
	before, after := runtime.MemStats{}, runtime.MemStats{}
	runtime.ReadMemStats(&before)
	ReadNavigation(&url.URL{Scheme: "http", Host: "a.test"}, nil, "<script>"+script+"</script>")
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > most {
		t.Errorf("a script of %d bytes takes %d", len(script), taken)
	}
}

// A page whose context ended has no cookies of scripts, and its refreshes need none.
func TestScriptsHeedTheContext(t *testing.T) {
	at := &url.URL{Scheme: "http", Host: "a.test", Path: "/"}
	ctx, cancel := context.WithCancel(t.Context())
	const body = `<meta http-equiv=refresh content=1><script>document.cookie = "a=b"</script>`
	if got := ScriptCookies(ctx, at, nil, body); len(got) != 1 {
		t.Errorf("cookies %q", got)
	}
	cancel()
	if got := ScriptCookies(ctx, at, nil, body); len(got) > 0 {
		t.Errorf("after the end: cookies %q", got)
	}
	if got := ReadRefreshes(at, nil, body); len(got) != 1 {
		t.Errorf("refreshes %v", got)
	}
}

func TestFrame(t *testing.T) {
	for body, want := range map[string]string{
		`<title>x</title><frameset><frame src="/l"></frameset><noframes>Get a browser.</noframes>`: "http://a.test/l",
		`<frameset rows="0,*"><frame src="about:blank"><frame src="l"></frameset>`:                 "http://a.test/d/l",
		`<frameset><frame src="/menu"><frame src="/l"></frameset>`:                                 "",
		`<body><iframe src="http://b.test/l" width="100%"></iframe><script>f()</script>`:           "http://b.test/l",
		`<p>Welcome</p><iframe src="/l"></iframe>`:                                                 "",
		`<form></form><iframe src="/l"></iframe>`:                                                  "",
		`<a href="/x"></a><iframe src="/l"></iframe>`:                                              "",
		`<div id=app></div><script src="/app.js"></script><iframe src="/l"></iframe>`:              "",
		`<iframe src="/count" width=0 height=0></iframe>`:                                          "",
		`<iframe src="/count" style="display: none"></iframe><iframe src="/l"></iframe>`:           "http://a.test/l",
		`<noscript><iframe src="/l"></iframe></noscript>`:                                          "",
		`<iframe src="javascript:go()"></iframe>`:                                                  "",
		`<iframe></iframe>`: "",
	} {
		got := ""
		if u := ReadNavigation(&url.URL{Scheme: "http", Host: "a.test", Path: "/d/page"}, nil, body).Frame; u != nil {
			got = u.String()
		}
		if got != want {
			t.Errorf("%s: frame %q, want %q", body, got, want)
		}
	}
}
