package portal_test

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	markup "golang.org/x/net/html"

	"hotspot-helper/portal"
)

// TestSubmit compares the bytes that arrive at the server.
func TestSubmit(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	plain := func(pairs ...string) []portal.Field {
		var fields []portal.Field
		for i := 0; i < len(pairs); i += 2 {
			fields = append(fields, portal.Field{Name: pairs[i], Value: portal.Plain(pairs[i+1])})
		}
		return fields
	}
	for _, test := range []struct {
		name, contentType, page string
		sub                     portal.Submission
		want                    string // method, URI, type and body
	}{
		{name: "GET replaces the query", page: `<form action="/go?old=1"><input name=a value=1></form>`, want: "GET /go?a=1||"},
		{name: "POST keeps the query", page: `<form method=Post action="/go?old=1"><input name=a value=1></form>`, want: "POST /go?old=1|" + form + "|a=1"},
		{name: "no action", page: `<form method=post></form>`, want: "POST /dir/page?x=1|" + form + "|"},
		{name: "no action with a base", page: `<base href="/other/"><form method=post action=""></form>`, want: "POST /dir/page?x=1|" + form + "|"},
		{name: "action with a base", page: `<base href="/other/"><form method=post action="go"></form>`, want: "POST /other/go|" + form + "|"},
		{name: "GET without entries", page: `<form action=go></form>`, want: "GET /dir/go||"},
		{name: "unknown method and enctype", page: `<form method=put enctype=x action=go><input name=a></form>`, want: "GET /dir/go?a=||"},
		{name: "the escapes of a form", page: `<form method=post action=go><input name="a b" value="*-._~!'()&amp;=+%/:@é€"></form>`, contentType: "text/html; charset=utf-8", want: "POST /dir/go|" + form + "|a+b=*-._%7E%21%27%28%29%26%3D%2B%25%2F%3A%40%C3%A9%E2%82%AC"},
		{name: "newlines", page: "<form method=post action=go><textarea name=a>1\n2\r3\r\n4</textarea></form>", want: "POST /dir/go|" + form + "|a=1%0D%0A2%0D%0A3%0D%0A4"},
		{name: "fields in place and at the end", page: `<form method=post action=go><input name=a value=1><input name=b value=2><input name=a value=3></form>`, sub: portal.Submission{Fields: plain("c", "5", "a", "4", "a", "6")}, want: "POST /dir/go|" + form + "|a=4&a=6&b=2&c=5"},
		{
			name: "drop", page: `<form method=post action=go><input type=checkbox name=news checked><input name=a value=1><input name=b value=2></form>`,
			sub: portal.Submission{Drop: []string{"news", "b", "none"}, Fields: plain("b", "3")}, want: "POST /dir/go|" + form + "|a=1&b=3",
		},
		{name: "field for a box that is not ticked", page: `<form method=post action=go><input type=checkbox name=terms><input name=z></form>`, sub: portal.Submission{Fields: plain("terms", "on")}, want: "POST /dir/go|" + form + "|z=&terms=on"},
		{name: "button overrides", page: `<form action=go><button id=b name=n value=v formaction=/there formmethod=post formenctype=text/plain></button></form>`, sub: portal.Submission{Button: "#b"}, want: "POST /there|text/plain|n=v\r\n"},
		{name: "default button overrides", page: `<form action=go><input type=submit formaction=/there></form>`, want: "GET /there||"},
		{name: "text/plain", page: "<form method=post enctype=TEXT/PLAIN action=go><input name=a value='x y&amp;'><textarea name=b>1\n2</textarea></form>", want: "POST /dir/go|text/plain|a=x y&\r\nb=1\r\n2\r\n"},
		{
			name: "multipart", page: "<form method=post enctype=multipart/form-data action=go><input name='a\"b' value='x\"y'><input type=file name=f><textarea name=t>1\n2</textarea></form>",
			want: "POST /dir/go|multipart/form-data; boundary=B|--B\r\nContent-Disposition: form-data; name=\"a%22b\"\r\n\r\nx\"y\r\n" +
				"--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n" +
				"--B\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\n1\r\n2\r\n--B--\r\n",
		},
		{name: "file, urlencoded", page: `<form method=post action=go><input type=file name=f></form>`, want: "POST /dir/go|" + form + "|f="},
		{name: "charset of the header", page: `<form method=post action=go></form>`, contentType: "text/html; charset=iso-8859-1", sub: portal.Submission{Fields: plain("é", "ö€☃")}, want: "POST /dir/go|" + form + "|%E9=%F6%80%26%239731%3B"},
		{name: "charset of the meta element", page: `<meta charset=shift_jis><form method=post action=go></form>`, contentType: "text/html", sub: portal.Submission{Fields: plain("a", "あ")}, want: "POST /dir/go|" + form + "|a=%82%A0"},
		{name: "no charset", page: `<form method=post action=go></form>`, contentType: "text/html", sub: portal.Submission{Fields: plain("a", "é")}, want: "POST /dir/go|" + form + "|a=%E9"},
		{name: "charset by the bytes", page: `<form method=post action=go><input name=a value="ü"></form>`, contentType: "text/html", want: "POST /dir/go|" + form + "|a=%C3%BC"},
		{name: "charset by late bytes", page: strings.Repeat(" ", 4096) + `<form method=post action=go><input name=a value="ü"></form>`, contentType: "text/html", want: "POST /dir/go|" + form + "|a=%C3%BC"},
		{name: "accept-charset", page: `<form method=post action=go accept-charset="bogus iso-8859-15 utf-8"><input type=hidden name=_charset_></form>`, sub: portal.Submission{Fields: plain("a", "€")}, want: "POST /dir/go|" + form + "|_charset_=iso-8859-15&a=%A4"},
		{name: "no UTF-16", page: `<form method=post action=go accept-charset=utf-16></form>`, sub: portal.Submission{Fields: plain("a", "é")}, want: "POST /dir/go|" + form + "|a=%C3%A9"},
		{name: "invalid UTF-8 in a field", page: `<form method=post action=go accept-charset=utf-8></form>`, sub: portal.Submission{Fields: plain("a", "\xff")}, want: "POST /dir/go|" + form + "|a=%EF%BF%BD"},
		{name: "openNDS", page: `<form action="/opennds_preauth/" method="get"><input type="hidden" name="fas" value="aGlk=="><input type="hidden" name="continue" value="clicked"><input type="submit" value="Accept"></form>`, want: "GET /opennds_preauth/?fas=aGlk%3D%3D&continue=clicked||"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got string
				session := network{"https://a.test": func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/dir/page" && r.Method == http.MethodGet {
						w.Header().Set("Content-Type", test.contentType)
						_, _ = io.WriteString(w, test.page)
						return
					}
					body, _ := io.ReadAll(r.Body)
					got = fmt.Sprintf("%s %s|%s|%s", r.Method, r.RequestURI, r.Header.Get("Content-Type"), body)
				}}.session(t, "a.test")
				page := open(t, session, "https://a.test/dir/page?x=1#frag")
				if _, err := session.Submit(t.Context(), page.Forms()[0], test.sub); err != nil {
					t.Fatal(err)
				}
				got = regexp.MustCompile(`[0-9a-f]{60}`).ReplaceAllString(got, "B")
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestSubmitRefuses(t *testing.T) {
	session := network{}.session(t, "a.test")
	for body, want := range map[string]string{
		`<form method=dialog>`:                                                    "submit form: method dialog sends nothing",
		`<form action="javascript:x()">`:                                          `submit form: parse URL: scheme "javascript" is neither http nor https`,
		`<form action="//evil.test/">`:                                            `get https://evil.test/: talk to host "evil.test": not among the hosts of this session`,
		`<form action="mailto:ada@a.test">`:                                       `submit form: parse URL: scheme "mailto" is neither http nor https`,
		`<form><input name=a value="` + strings.Repeat("x", portal.MaxURL) + `">`: "submit form: URL has 16410 bytes, at most 16384",
	} {
		_, err := session.Submit(t.Context(), page(t, body).Forms()[0], portal.Submission{})
		if err == nil || err.Error() != want {
			t.Errorf("%.40s: %v, want %s", body, err, want)
		}
	}
	for _, form := range []*portal.Form{nil, {}, (&portal.Page{Body: "<form>"}).Forms()[0]} {
		if _, err := session.Submit(t.Context(), form, portal.Submission{}); err == nil {
			t.Errorf("form %+v was sent", form)
		}
	}
	if n := len(session.Trace()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// A button that no selector tells apart is pressed by its element, also a disabled one; what
// changed in the document is sent.
func TestPress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := ""
		session := network{"https://a.test": func(w http.ResponseWriter, r *http.Request) {
			got = r.URL.RequestURI()
			_, _ = io.WriteString(w, `<form action=/go><input type=checkbox name=terms><datalist><input></datalist><button name=b value=1>Go</button><button disabled name=b value=2>Go</button></form><form><button></form>`)
		}}.session(t, "a.test")
		forms := open(t, session, "https://a.test/").Forms()
		nodes := forms[0].Nodes()
		if len(nodes) != len(forms[0].Controls()) {
			t.Fatalf("%d nodes of %d controls", len(nodes), len(forms[0].Controls()))
		}
		nodes[0].Attr = append(nodes[0].Attr, markup.Attribute{Key: "checked"})
		if _, err := session.Submit(t.Context(), forms[0], portal.Submission{Press: nodes[2]}); err != nil || got != "/go?terms=on&b=2" {
			t.Errorf("asked for %q, %v", got, err)
		}
		for _, node := range []*markup.Node{nodes[0], forms[1].Nodes()[0]} {
			if _, err := session.Submit(t.Context(), forms[0], portal.Submission{Press: node}); err == nil || !strings.Contains(err.Error(), "not a submit button of the form") {
				t.Errorf("pressed %v: %v", node.Attr, err)
			}
		}
	})
}

func TestPost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		session := network{"https://a.test": func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			_, _ = fmt.Fprintf(w, "%s %s", r.Header.Get("Content-Type"), body)
		}}.session(t, "a.test")
		pin := portal.Secret("12é")
		for want, body := range map[string]portal.Body{
			"application/x-www-form-urlencoded ":                  {},
			"application/x-www-form-urlencoded b=1&a=12%C3%A9&a=": {Form: []portal.Field{{Name: "b", Value: portal.Plain("1")}, {Name: "a", Value: pin}, {Name: "a"}}},
			`application/json {"by":"voucher","list":[1,2.5,true,null,"x",{"pin":"12é"}],"more":[{"pin":"12é"}],"n":7}`: {JSON: map[string]any{
				"by": "voucher", "n": int64(7), "list": []any{1, 2.5, true, nil, "x", map[string]any{"pin": pin}}, "more": []map[string]any{{"pin": pin}},
			}},
			`application/json "12é"`: {JSON: pin},
		} {
			page, err := session.Post(t.Context(), "https://a.test/api", body)
			if err != nil {
				t.Fatal(err)
			}
			if page.Body != want {
				t.Errorf("sent %s, want %s", page.Body, want)
			}
		}
		for want, body := range map[string]portal.Body{
			"both form fields and JSON":                    {Form: []portal.Field{{Name: "a"}}, JSON: 1},
			"JSON cannot hold a map[string]portal.Value":   {JSON: map[string]portal.Value{"pin": pin}},
			"JSON cannot hold a struct { X portal.Value }": {JSON: []any{struct{ X portal.Value }{pin}}},
			"JSON cannot hold a chan int":                  {JSON: map[string]any{"x": make(chan int)}},
		} {
			if _, err := session.Post(t.Context(), "https://a.test/api", body); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %s", err, want)
			}
		}
	})
}
