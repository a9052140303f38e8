package record_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hotspot-helper/plugins/record"
)

// What is behind more than can be looked for is not kept: there is no draft then.
func TestTooMuchSentIsRefused(t *testing.T) {
	const (
		portal = "http://portal.test/"
		form   = `<form method=post action=/go><input name=card><input name=pin type=password><button>Go</button></form>`
		secret = "seahorse-4711"
	)
	var others strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&others, "a%d=noise%06d&", i, i*7919)
	}
	deep := "pin=" + secret
	for range 8 {
		deep = "q=" + url.QueryEscape(deep)
	}
	blob := base64.StdEncoding.EncodeToString([]byte(`{"x":"` + strings.Repeat("a ", 4000) + `","pin":"` + secret + `"}`))
	for name, test := range map[string]struct {
		sent  string
		isOut bool // the value is found and masked
	}{
		"many values":  {others.String() + "pin=" + secret, false},
		"a long body":  {"a=" + strings.Repeat("x", 1<<20) + "&pin=" + secret, false},
		"a deep value": {deep, false},
		"a long value": {"q=" + url.QueryEscape(blob), true},
		"few values":   {strings.Join(strings.SplitAfter(others.String(), "&")[:800], "") + "pin=" + secret, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "draft")
			_, err := capture(t, intercepted(portal), page(portal, form),
				entry{kind: "xhr", method: "PUT", url: portal + "check", mime: urlencoded, sent: test.sent, body: "{}", content: "application/json"},
				entry{kind: "document", method: "POST", url: portal + "go", mime: urlencoded, sent: "card=hopper&pin=other-9999", body: "ok, before it was " + secret},
				page(portal+"welcome", "<p>Welcome, "+secret+"</p>"), online()).DraftPack(t.Context(), dir)
			if test.isOut != (err == nil) || err != nil && !errors.Is(err, record.ErrTooMuch) {
				t.Fatal(err)
			}
			if _, err := os.Stat(dir); test.isOut != (err == nil) {
				t.Fatal(err)
			}
			if test.isOut {
				keepsNothing(t, dir, secret)
			}
		})
	}
}

// Some browsers record fields alone: all of them are looked into.
func TestManyRecordedFields(t *testing.T) {
	fields := make([]map[string]string, 0, 201)
	for i := range 200 {
		fields = append(fields, map[string]string{"name": fmt.Sprintf("f%d", i), "value": "x"})
	}
	fields = append(fields, map[string]string{"name": "pin", "value": "seahorse-4711"})
	posted, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	html := func(url, method, more, body string) string {
		return fmt.Sprintf(`{"_resourceType":"document","request":{"method":%q,"url":%q%s},"response":{"status":200,"headers":[{"name":"Content-Type","value":"text/html"}],"content":{"text":%q}}}`, method, url, more, body)
	}
	c, err := record.Read(strings.NewReader(`{"log":{"entries":[` + strings.Join([]string{
		`{"_resourceType":"document","request":{"method":"GET","url":"http://check.test/"},"response":{"status":302,"redirectURL":"http://portal.test/"}}`,
		html("http://portal.test/", "GET", "", "<form method=post action=/go><input name=card></form>"),
		html("http://portal.test/check", "PUT", `,"postData":{"mimeType":"`+urlencoded+`","params":`+string(posted)+`}`, "no"),
		html("http://portal.test/go", "POST", `,"postData":{"mimeType":"`+urlencoded+`","text":"card=hopper"}`, "ok, before it was seahorse-4711"),
		html("http://portal.test/welcome", "GET", "", "Welcome, seahorse-4711"),
		`{"_resourceType":"document","request":{"method":"GET","url":"http://check.test/"},"response":{"status":204}}`,
	}, ",") + `]}}`))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "draft")
	if _, err := c.DraftPack(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	keepsNothing(t, dir, "seahorse-4711")
}

// What was typed and repeated by a page is masked in the case, also if it was sent in a way that no draft can send, in an
// attempt that was refused, or beside the login.
func TestValuesThatNoDraftSends(t *testing.T) {
	const (
		portal = "http://portal.test/"
		form   = `<form method=post action=/go><input name=card><input name=pin type=password><button>Go</button></form>`
		secret = "seahorse-4711"
	)
	inJSON := `{"user":"hopper","pin":"` + secret + `"}`
	packed := base64.StdEncoding.EncodeToString([]byte(secret))
	sent := func(method, kind, mime, body string) entry {
		return entry{kind: kind, method: method, url: portal + "check", mime: mime, sent: body, body: "{}", content: "application/json"}
	}
	parts := "--X\r\nContent-Disposition: form-data; name=\"pin\"; filename=\"a\"\r\n\r\n" + secret + "\r\n--X--\r\n"
	for name, first := range map[string]entry{
		"refused":                  {kind: "document", method: "POST", url: portal + "go", mime: urlencoded, sent: "card=hopper&pin=" + secret, body: form + "wrong"},
		"refused, by GET":          {kind: "xhr", url: portal + "go?u=hopper&p=" + secret, body: "{}"},
		"PUT":                      sent("PUT", "xhr", "application/json", inJSON),
		"to another host":          {kind: "xhr", method: "POST", url: "http://stats.test/t", mime: "application/json", sent: inJSON, body: "{}"},
		"JSON in JSON":             sent("POST", "xhr", "application/json", `{"data":`+strings.ReplaceAll(`"`+strings.ReplaceAll(inJSON, `"`, `\"`)+`"`, "\n", "")+`}`),
		"JSON in a form":           sent("POST", "xhr", urlencoded, "data="+url.QueryEscape(inJSON)),
		"JSON in a query":          {kind: "xhr", url: portal + "check?data=" + url.QueryEscape(inJSON), body: "{}"},
		"form in a form":           sent("POST", "xhr", urlencoded, "data=user%3Dhopper%26pin%3D"+secret),
		"form with commas":         sent("POST", "xhr", urlencoded, "q="+base64.StdEncoding.EncodeToString([]byte("a=b, pin="+secret+", c=d, e=f, g=h, i=j, k=l, m=n, o=p, q=r"))),
		"form with semicolons":     sent("POST", "xhr", urlencoded, "user=hopper;pin="+secret),
		"base64":                   sent("POST", "xhr", "application/json", `{"pin":"`+packed+`"}`),
		"JSON in base64":           sent("POST", "xhr", urlencoded, "q="+base64.StdEncoding.EncodeToString([]byte(inJSON))),
		"lines of JSON":            sent("POST", "xhr", "application/json", "{\"a\":1}\n"+inJSON),
		"large JSON":               sent("POST", "xhr", "application/json", `{"x":"`+strings.Repeat("a ", 200_000)+`","pin":"`+secret+`"}`),
		"JSON string":              sent("POST", "xhr", "application/json", `"`+secret+`"`),
		"key of JSON":              sent("POST", "xhr", "application/json", `{"`+secret+`":1}`),
		"XML":                      sent("POST", "xhr", "text/xml", "<r><pin>"+secret+"</pin></r>"),
		"text":                     sent("POST", "xhr", "text/plain", "user=hopper&pin="+secret),
		"multipart, no boundary":   sent("POST", "document", "multipart/form-data", strings.Replace(parts, `; filename="a"`, "", 1)),
		"multipart, as a file":     sent("POST", "document", "multipart/form-data; boundary=X", parts),
		"fragment":                 {kind: "document", url: portal + "check#pin=" + secret, body: form},
		"user information of URLs": {kind: "document", url: "http://hopper:" + secret + "@portal.test/check", body: form},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "draft")
			_, err := capture(t, intercepted(portal), page(portal, form), first,
				entry{kind: "document", method: "POST", url: portal + "go", mime: urlencoded, sent: "card=hopper&pin=other-9999", body: "ok, before it was " + secret + ", or " + packed},
				page(portal+"welcome", "<p>Welcome, "+secret+"</p>"), online()).DraftPack(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			err = fs.WalkDir(os.DirFS(dir), ".", func(file string, e fs.DirEntry, err error) error {
				if err != nil || e.IsDir() {
					return err
				}
				text, err := os.ReadFile(filepath.Join(dir, file))
				if strings.Contains(string(text), secret) || strings.Contains(string(text), packed) {
					t.Errorf("%s has it:\n%s", file, text)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}
