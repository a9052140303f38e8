package portal_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

func css(t testing.TB, text string) *web.Selector {
	t.Helper()
	sel, err := web.ParseSelector(text)
	if err != nil {
		t.Fatal(err)
	}
	return sel
}

func TestPageForm(t *testing.T) {
	p := page(t, `<form id=a></form><form class=x></form><form class=x></form><div class=y><input></div><template><form id=t></form></template>`)
	for selector, want := range map[string]string{
		"form#a":   "",
		"#a, .y":   "",
		"form.x":   "find form: selector matches 2 of the 3 forms on the page",
		"form#b":   "find form: selector matches 0 of the 3 forms on the page",
		".y input": "find form: selector matches 0 of the 3 forms on the page",
		"#t":       "find form: selector matches 0 of the 3 forms on the page",
	} {
		form, err := p.Form(web.NewSearch(t.Context(), portal.MaxWork), css(t, selector))
		if want == "" && (err != nil || form == nil) || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("Form(%q) = %v, %v; want %q", selector, form, err, want)
		}
	}
}

func TestFormFields(t *testing.T) {
	var got []string
	for _, form := range page(t, `<base href="http://b.test/x/"><form action=go method=POST enctype=multipart/form-data>
		<form></form><form action="javascript:x" method=dialog></form><form action="http://[bad/"></form><form action=" ?q ">`).Forms() {
		got = append(got, form.Method+" "+web.RedactURL(form.Action)+" "+form.Enctype)
	}
	const urlencoded = "application/x-www-form-urlencoded"
	want := []string{
		"POST http://b.test/x/go multipart/form-data",
		"DIALOG  " + urlencoded,
		"GET  " + urlencoded,
		"GET http://b.test/x/?… " + urlencoded,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestControls(t *testing.T) {
	form := page(t, `<form>
		<input type=hidden name=tok value=abc>
		<label for=user>User   name</label><input id=user name=user required>
		<label>PIN: <input type=password name=pin placeholder=ignored></label>
		<input type=EMAIL name=mail placeholder="Your  mail">
		<input type=checkbox name=terms aria-label="I accept" checked>
		<select name=lang><option value=de>Deutsch<option selected value=en>English<option disabled>x</select>
		<fieldset disabled><textarea name=note title=Note>hello</textarea></fieldset>
		<datalist><input name=no></datalist>
		<button name=go value=1>Log <b>in</b></button><input type=submit value=Send>
	</form>`).Forms()[0]
	want := []portal.Control{
		{Name: "tok", Type: "hidden", Value: "abc"},
		{Name: "user", Type: "text", Label: "User name", Required: true},
		{Name: "pin", Type: "password", Label: "PIN:"},
		{Name: "mail", Type: "email", Label: "Your mail"},
		{Name: "terms", Type: "checkbox", Value: "on", Label: "I accept", Checked: true},
		{Name: "lang", Type: "select", Value: "en", Options: []string{"de", "en"}},
		{Name: "note", Type: "textarea", Value: "hello", Label: "Note", Disabled: true},
		{Name: "go", Type: "submit", Value: "1", Label: "Log in"},
		{Type: "submit", Value: "Send"},
	}
	if diff := cmp.Diff(want, form.Controls()); diff != "" {
		t.Error(diff)
	}
}

func TestControlsClipLabels(t *testing.T) {
	form := page(t, `<form><label>`+strings.Repeat("é long ", 1000)+`<input name=a></label></form>`).Forms()[0]
	if label := form.Controls()[0].Label; len(label) > 200 || len(label) < 190 || !strings.HasPrefix(label, "é long é") {
		t.Errorf("label of %d bytes %q", len(label), label)
	}
}

func TestRefresh(t *testing.T) {
	type refresh struct {
		URL   string
		After time.Duration
	}
	meta := func(content string) string { return `<meta http-equiv=Refresh content="` + content + `">` }
	for name, test := range map[string]struct {
		body, header string
		want         refresh // without URL if there is none
	}{
		"usual":              {body: meta("0;url=http://b.test/logon?a=1"), want: refresh{"http://b.test/logon?a=1", 0}},
		"delay and space":    {body: meta("  5 ; URL = next "), want: refresh{"https://a.test/dir/next", 5 * time.Second}},
		"quoted":             {body: meta("1,url='next' junk"), want: refresh{"https://a.test/dir/next", time.Second}},
		"without url=":       {body: meta("1 /next"), want: refresh{"https://a.test/next", time.Second}},
		"url without =":      {body: meta("1;urlx"), want: refresh{"https://a.test/dir/urlx", time.Second}},
		"fraction":           {body: meta("1.9;url=/n"), want: refresh{"https://a.test/n", time.Second}},
		"fraction alone":     {body: meta(".5;url=/n"), want: refresh{"https://a.test/n", 0}},
		"itself":             {body: meta("30"), want: refresh{"https://a.test/dir/page?x=1", 30 * time.Second}},
		"huge":               {body: meta("99999999999999999999;url=/n"), want: refresh{"https://a.test/n", web.MaxRefresh}},
		"long":               {body: meta("999999;url=/n"), want: refresh{"https://a.test/n", web.MaxRefresh}},
		"no number":          {body: meta("url=/n")},
		"junk after number":  {body: meta("1x;url=/n")},
		"negative":           {body: meta("-1;url=/n")},
		"empty":              {body: meta("")},
		"javascript":         {body: meta("0;url=javascript:alert(1)")},
		"file":               {body: meta("0;url=file:///etc/passwd")},
		"second one":         {body: meta("x") + meta("0;url=/n"), want: refresh{"https://a.test/n", 0}},
		"noscript":           {body: "<noscript>" + meta("0;url=/n") + "</noscript>", want: refresh{"https://a.test/n", 0}},
		"base":               {body: "<base href=http://b.test/d/>" + meta("0;url=n"), want: refresh{"http://b.test/d/n", 0}},
		"other meta":         {body: `<meta http-equiv=x content="0;url=/n">`},
		"comment":            {body: "<!--" + meta("0;url=/n") + "-->"},
		"header":             {header: "2; url=/n", want: refresh{"https://a.test/n", 2 * time.Second}},
		"element and header": {body: meta("0;url=/n"), header: "2; url=/m", want: refresh{"https://a.test/n", 0}},
	} {
		p := page(t, test.body)
		p.Header = http.Header{"Refresh": {test.header}}
		u, after, ok := p.Refresh()
		var got refresh
		if ok {
			got = refresh{u.String(), after}
		}
		if got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestResolve(t *testing.T) {
	const base = `<base target=x><base href="//b.test/d/"><base href="//c.test/">`
	for _, test := range []struct{ body, ref, want string }{
		{"", "", "https://a.test/dir/page?x=1"},
		{"", "next", "https://a.test/dir/next"},
		{"", "?y=2", "https://a.test/dir/page?y=2"},
		{"", "../up", "https://a.test/up"},
		{"", "#f", "https://a.test/dir/page?x=1#f"},
		{"", "http://B.test:80", "http://b.test/"},
		{"", "https://b.test:443/x", "https://b.test/x"},
		{"", " /a b?c d=\"e\"'<é>\t\n", "https://a.test/a%20b?c%20d=%22e%22%27%3C%C3%A9%3E"},
		{"", "/100%/%zz%41?50%", "https://a.test/100%25/%25zz%41?50%"},
		{"", `\x\y?a\b`, `https://a.test/x/y?a\b`},
		{"", "https://ada:pw@b.test/", "https://b.test/"},
		{"", "http://[2001:DB8::1]:80/", "http://[2001:db8::1]/"},
		{"", "http://[2001:db8::1]:8080/", "http://[2001:db8::1]:8080/"},
		{base, "n", "https://b.test/d/n"},
		{`<base href="javascript:x">`, "n", "https://a.test/dir/n"},
		{`<base href="">`, "n", "https://a.test/dir/n"},
		{"", "javascript:x", ""},
		{"", "tel:1", ""},
		{"", "http://", ""},
		{"", "http://a.test:99999999/", "http://a.test:99999999/"},
	} {
		u, err := page(t, test.body).Resolve(test.ref)
		got := ""
		if err == nil {
			got = u.String()
		}
		if got != test.want {
			t.Errorf("%s Resolve(%q) = %q, %v; want %q", test.body, test.ref, got, err, test.want)
		}
	}
}

func TestCharsets(t *testing.T) {
	for name, test := range map[string]struct{ contentType, body, want string }{
		"header":              {"text/html; charset=iso-8859-1", "caf\xe9 \x80", "café €"},
		"header beats meta":   {"text/html; charset=utf-8", "<meta charset=iso-8859-1>é", "<meta charset=iso-8859-1>é"},
		"meta":                {"text/html", "<meta charset=windows-1251>\xcf", "<meta charset=windows-1251>П"},
		"meta that is a lie":  {"text/html", "<meta charset=windows-1252>é", "<meta charset=windows-1252>Ã©"},
		"meta http-equiv":     {"text/html", `<meta http-equiv=content-type content="text/html; charset=gb2312">` + "\xc4\xe3", `<meta http-equiv=content-type content="text/html; charset=gb2312">你`},
		"mark":                {"text/html; charset=iso-8859-1", "\xef\xbb\xbfé", "é"},
		"UTF-16":              {"text/html", "\xff\xfea\x00\xe9\x00", "aé"},
		"nothing":             {"", "caf\xe9", "café"},
		"UTF-8 by looks":      {"text/html", "café", "café"},
		"UTF-8 that is cut":   {"text/html", "café \xe2\x82", "café \ufffd"},
		"UTF-8 with a hole":   {"text/html; charset=utf-8", "a\xffb", "a\ufffdb"},
		"JSON":                {"application/json", "{\"a\":\"" + strings.Repeat(" ", 2000) + "é\"}", "{\"a\":\"" + strings.Repeat(" ", 2000) + "é\"}"},
		"JSON of RFC 8908":    {"application/captive+json", `"é"`, `"é"`},
		"unknown charset":     {"text/html; charset=bogus", "é", "é"},
		"WISPr in a comment":  {"text/html; charset=utf-8", "<!--<?xml version=\"1.0\"?><A>CDATA[[x&y]]</A>\r\n-->", "<!--<?xml version=\"1.0\"?><A>CDATA[[x&y]]</A>\r\n-->"},
		"replacement charset": {"text/html; charset=hz-gb-2312", "abc", "\ufffd"},
	} {
		synctest.Test(t, func(t *testing.T) {
			session := network{"http://a.test": func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", test.contentType)
				_, _ = io.WriteString(w, test.body)
			}}.session(t, "a.test")
			if got := open(t, session, "http://a.test/").Body; got != test.want {
				t.Errorf("%s: %q, want %q", name, got, test.want)
			}
		})
	}
}

// Pages that were not fetched, as tests of packs have them.
func TestPageLiteral(t *testing.T) {
	p := &portal.Page{Body: `<form><input name=a></form><noscript><p>hi</p></noscript>`}
	search := web.NewSearch(t.Context(), portal.MaxWork)
	if text := p.Document().FindMatcher(search.Matcher(css(t, "p"))).Text(); text != "hi" || search.Err() != nil {
		t.Errorf("noscript text %q, error %v", text, search.Err())
	}
	if forms := p.Forms(); len(forms) != 1 || forms[0].Action != nil {
		t.Errorf("forms %v", forms)
	}
	if u, _, ok := p.Refresh(); ok {
		t.Errorf("refresh to %v", u)
	}
	if p.String() != "0 " {
		t.Errorf("String() = %q", p.String())
	}
}

// A page whose tree would take all memory is a page without elements, and says so.
func TestTooComplexPage(t *testing.T) {
	bomb := "<form><p>"
	for i := range 495 {
		bomb += fmt.Sprintf("<b a=%d>", i)
	}
	p := page(t, bomb+strings.Repeat("<p>x", 1<<14))
	if !p.TooComplex() || p.Document().Contents().Length() != 0 || len(p.Forms()) != 0 {
		t.Errorf("too complex: %t, %d forms", p.TooComplex(), len(p.Forms()))
	}
	if _, err := p.Form(web.NewSearch(t.Context(), portal.MaxWork), css(t, "form")); !errors.Is(err, web.ErrTooComplex) {
		t.Errorf("error %v", err)
	}
	if p := page(t, "<form>"); p.TooComplex() {
		t.Error("a short page is too complex")
	}
}

// A page that forgot its tree is read again, the same, and forms that were found before keep their controls. One that may not be
// parsed is empty.
func TestForget(t *testing.T) {
	p := page(t, `<base href=http://other.test/><form action=go><label for=a>Name</label><input name=a id=a></form>`)
	before := p.Forms()[0]
	p.Forget()
	after := p.Forms()[0]
	if before.Node() == after.Node() {
		t.Error("it did not forget")
	}
	if diff := cmp.Diff(after.Controls(), before.Controls()); diff != "" || len(after.Controls()) != 1 || after.Action.Host != "other.test" {
		t.Errorf("controls of the form after and before: %s, action: %v", diff, after.Action)
	}
	asked := 0
	p.MayParse = func() bool { asked++; return false }
	if len(p.Forms()) != 1 || asked != 0 {
		t.Error("asked before it forgot")
	}
	p.Forget()
	if !p.TooComplex() || len(p.Forms()) != 0 || asked != 1 {
		t.Errorf("parsed, asked %d times", asked)
	}
}
