package flow

import (
	"context"
	"strings"
	"testing"

	"hotspot-helper/internal/web"
)

const queryPage = `<!DOCTYPE html><title> Wel
come</title>
<body data-Mode="guest"><script>var shown = "no"; /* wrong PIN in a script */</script>
<style>.wrong{}</style>
<p class=error>Wrong<br>PIN,   <b>Ad</b>a!</p>
<form id=login><input name=tok value="t0k"><input name=bare checked></form>
<ul><li>one</li><li id=two>two</li><li>42 min</li></ul>
<table><tr><td>left</td><td>3600</td></tr></table>
<noscript><i id=ns>no script</i></noscript>
<!-- <p class=hidden>commented</p> -->
`

// ask runs a flow that expects the query on the page. It returns the value that a capture
// of it would keep.
func ask(t testing.TB, page answer, query string) (value string, holds bool) {
	t.Helper()
	f := mustParse(t, strings.Replace(queryFlow(query), `"/"`, `"http://a.test/page?a=1&b=x%20y&a=2#top"`, 1))
	page.header = map[string]string{
		"X-Left": "90", "Set-Cookie": "csrf=c00kie", "Content-Type": page.header["Content-Type"],
	}
	s := newSession(t, f, &answers{pages: map[string]answer{"GET /page": page}})
	r := &run{flow: f, session: s, work: web.NewSearch(t.Context(), maxWork)}
	if err := f.steps[0].action.run(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	v := r.view(t.Context())
	q := f.steps[0].expect[0]
	value, _ = q.first(v)
	return value, q.holds(v)
}

func TestQuery(t *testing.T) {
	page := answer{body: queryPage}
	json := answer{body: "\ufeff" + `{"a":{"b":[{"c":7.50},true,null]},"s":"text","big":12345678901234567890,"o":{"z":1,"y":[2]}} trailing`}
	for _, c := range []struct {
		page  answer
		query string
		holds bool
		value string
	}{
		{page, `{ css = "form#login" }`, true, ""},
		{page, `{ css = "form#logout" }`, false, ""},
		{page, `{ css = "form#logout", absent = true }`, true, ""},
		{page, `{ css = "form#login", absent = true }`, false, ""},
		{page, `{ css = ".hidden" }`, false, ""},
		{page, `{ css = "noscript i" }`, true, "no script"},
		{page, `{ css = "title" }`, true, "Wel come"},
		{page, `{ css = ".error" }`, true, "Wrong PIN, Ada!"},
		{page, `{ css = ".error", text = "WRONG  pin" }`, true, "Wrong PIN, Ada!"},
		{page, `{ css = ".error", text = "wrong card" }`, false, ""},
		{page, `{ css = ".error", equals = "Wrong PIN, Ada!" }`, true, "Wrong PIN, Ada!"},
		{page, `{ css = ".error", equals = "wrong PIN, Ada!" }`, false, ""},
		{page, `{ css = "body", text = "in a script" }`, false, ""},
		{page, `{ css = "script", text = "in a script" }`, true, `var shown = "no"; /* wrong PIN in a script */`},
		{page, `{ css = "li", matches = '^\d+ min$' }`, true, "42 min"},
		{page, `{ css = "li", matches = '^\d+ h$' }`, false, ""},
		{page, `{ css = "li" }`, true, "one"},
		{page, `{ css = "#two, li" }`, true, "one"},
		{page, `{ css = "tr", equals = "left 3600" }`, true, "left 3600"},
		{page, `{ css = "input[name=tok]", attr = "VALUE" }`, true, "t0k"},
		{page, `{ css = "body", attr = "data-mode" }`, true, "guest"},
		{page, `{ css = "input", attr = "checked" }`, true, ""},
		{page, `{ css = "input[name=tok]", attr = "checked" }`, false, ""},
		{page, `{ css = "input[name=tok]", attr = "value", equals = "" }`, false, ""},

		{page, `{ url = "*" }`, true, "http://a.test/page?a=1&b=x%20y&a=2#top"},
		{page, `{ url = "/page" }`, true, "http://a.test/page?a=1&b=x%20y&a=2#top"},
		{page, `{ url = "/Page" }`, false, ""},
		{page, `{ url = "a.test/*b=x" }`, true, "http://a.test/page?a=1&b=x%20y&a=2#top"},
		{page, `{ url = "b=x*a.test" }`, false, ""},
		{page, `{ url = "/nope", absent = true }`, true, ""},
		{page, `{ url = "*", param = "b" }`, true, "x y"},
		{page, `{ url = "*", param = "a", matches = "[2-9]" }`, true, "2"},
		{page, `{ url = "*", param = "c" }`, false, ""},
		{page, `{ url = "/nope", param = "b" }`, false, ""},

		{json, `{ json = "a.b.0.c" }`, true, "7.50"},
		{json, `{ json = "a.b.1", equals = "true" }`, true, "true"},
		{json, `{ json = "a.b.2" }`, false, ""},
		{json, `{ json = "a.b.2", absent = true }`, true, ""},
		{json, `{ json = "a.b.3" }`, false, ""},
		{json, `{ json = "a.b.-1" }`, false, ""},
		{json, `{ json = "a.b.x" }`, false, ""},
		{json, `{ json = "s.t" }`, false, ""},
		{json, `{ json = "s", text = "EX" }`, true, "text"},
		{json, `{ json = "big" }`, true, "12345678901234567890"},
		{json, `{ json = "o" }`, true, `{"y":[2],"z":1}`},
		{page, `{ json = "a" }`, false, ""},
		{page, `{ json = "a", absent = true }`, true, ""},

		{page, `{ header = "x-left" }`, true, "90"},
		{page, `{ header = "X-Left", equals = "91" }`, false, ""},
		{page, `{ header = "X-Right" }`, false, ""},
		{page, `{ cookie = "csrf" }`, true, "c00kie"},
		{page, `{ cookie = "CSRF" }`, false, ""},
		{page, `{ regex = 'value="(\w+)"' }`, true, "t0k"},
		{page, `{ regex = 'value="\w+"' }`, true, `value="t0k"`},
		{page, `{ regex = '<li[^>]*>(\w+)', equals = "two" }`, true, "two"},
		{page, `{ regex = "commented" }`, true, "commented"},
		{page, `{ regex = "nowhere" }`, false, ""},
		{page, `{ status = [200, 204] }`, true, "200"},
		{page, `{ status = [404] }`, false, ""},
		{page, `{ status = [404], absent = true }`, true, ""},
		{answer{status: 511, body: "x"}, `{ status = [511] }`, true, "511"},

		{page, `{ script = "shown" }`, true, "no"},
		{page, `{ script = "shown", equals = "yes" }`, false, ""},
		{page, `{ script = "hidden" }`, false, ""},
		{page, `{ script = "hidden", absent = true }`, true, ""},
	} {
		t.Run(c.query, func(t *testing.T) {
			value, holds := ask(t, c.page, c.query)
			if value != c.value || holds != c.holds {
				t.Errorf("got %q, %t; want %q, %t", value, holds, c.value, c.holds)
			}
		})
	}
}

func TestScriptQuery(t *testing.T) {
	for _, c := range []struct{ name, script, query, want string }{
		{"var", `var a = "x";`, `script = "a"`, "x"},
		{"let without semicolon", "let a = 'x'\nlet b = 'y'", `script = "b"`, "y"},
		{"assignment", `a='x'`, `script = "a"`, "x"},
		{"single literal", "var a = 'x'\nvar b = 'y'", `script = "a", nth = 1`, ""},
		{"comma ends", `var a = 'x', b = 'y'`, `script = "a", nth = 1`, ""},
		{"concatenation", `a = 'x' + f(1, "in") + 'y'; b = 'z'`, `script = "a", nth = 3`, "y"},
		{"over lines", "a = 'x' +\n'y'", `script = "a", nth = 1`, "y"},
		{"operator on the next line", "a = 'x'\n + 'y'", `script = "a", nth = 1`, "y"},
		{"number", `a = 0x1F`, `script = "a"`, "0x1F"},
		{"decimal", `a = 3.5e2;`, `script = "a"`, "3.5e2"},
		{"true", `a = true`, `script = "a"`, "true"},
		{"template", "a = `x\\n`", `script = "a"`, "x\n"},
		{"template with parts", "a = `x${y}z` + 'w'", `script = "a"`, "w"},
		{"property", `f({b: 1, a: "x", c: "y"})`, `script = "a"`, "x"},
		{"property ends", `f({a: "x", c: "y"})`, `script = "a", nth = 1`, ""},
		{"quoted property", `o = {"a": "x"}`, `script = "a"`, "x"},
		{"nested", `a = {"k": ["x", {l: "y"}]};`, `script = "a", nth = 3`, ""},
		{"nested literals", `a = {"k": ["x", {l: "y"}]};`, `script = "a", nth = 2`, "y"},
		{"ternary is no property", `b ? a : "x"`, `script = "a"`, ""},
		{"call", `a("x", 'y')`, `script = "a", nth = 1`, "y"},
		{"call ends", `a("x"); b("y")`, `script = "a", nth = 1`, ""},
		{"second call", `a(b); a("x")`, `script = "a"`, "x"},
		{"function declaration", `function a(x) { return "y" } a("x")`, `script = "a"`, "x"},
		{"dotted", `window.location.href = "/next"`, `script = "location.href"`, "/next"},
		{"dotted call", `location.replace("\/next")`, `script = "location.replace"`, "/next"},
		{"dotted with white space", `location . /* x */ href="/n"`, `script = "location.href"`, "/n"},
		{"dollar", `$.post("/x")`, `script = "$.post"`, "/x"},
		{"comparison", `if (a == "x") {}`, `script = "a"`, ""},
		{"a string is no name", `b = "a"; ("a")`, `script = "a"`, ""},
		{"in a comment", "// a = 'x'\n/* a = 'y' */ a = 'z'", `script = "a"`, "z"},
		{"in a string", `b = "a = 'x'"; a = 'y'`, `script = "a"`, "y"},
		{"HTML comment", "<!--\na = 'x'\n//-->", `script = "a"`, "x"},
		{"after a pattern", `b = /["']/; a = 'x'`, `script = "a"`, "x"},
		{"after a division", `b = c / 2; a = 'x' / 3`, `script = "a"`, "x"},
		{"pattern of a call", `b.replace(/"/g, ''); a = 'x'`, `script = "a"`, "x"},
		{"after an error", `a = 'x'; @ # ; b = 'y'`, `script = "a"`, "x"},
		{"octal", `hexMD5('\011' + document.login.password.value + '\357\015')`, `script = "hexMD5", nth = 1`, "\xef\x0d"},
		{"with a test", `a = "x"; a = "12"`, `script = "a", matches = '^\d+$'`, "12"},
		{"next script", `a = 'x'</script><script>+ 'y'`, `script = "a", nth = 1`, ""},
		{"dotted at the end", `location.`, `script = "location.href"`, ""},
		{"undotted", `location; href = "x"`, `script = "location.href"`, ""},
		{"pattern first", `/a = 'y'/.test(b); a = 'x'`, `script = "a"`, "x"},
		{"pattern after a word", `a = 'x'; return /"/`, `script = "a"`, "x"},
		{"unclosed pattern", `a = 'x'; b = /"`, `script = "a"`, "x"},
		{"unclosed string", `a = 'x'; a = 'y`, `script = "a", equals = "y"`, ""},
		{"empty", ``, `script = "a"`, ""},
		{"name at the end", `a`, `script = "a"`, ""},
		{"assignment at the end", `a =`, `script = "a"`, ""},
		{"unclosed", `a = ("x"`, `script = "a"`, "x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			value, _ := ask(t, html200("<script>"+c.script+"</script>"), "{ "+c.query+" }")
			if value != c.want {
				t.Errorf("got %q, want %q", value, c.want)
			}
		})
	}
}

// A page that is a script is read like an inline one.
func TestScriptQueryOfScriptFile(t *testing.T) {
	page := answer{body: "var a = 'x';", header: map[string]string{"Content-Type": "application/javascript"}}
	if value, _ := ask(t, page, `{ script = "a" }`); value != "x" {
		t.Errorf("got %q", value)
	}
}
