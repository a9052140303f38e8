package record_test

import (
	"encoding/base64"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
