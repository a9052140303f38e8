package record_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"hotspot-helper/plugins/record"
)

func TestReadMistakes(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "read capture: not a HAR: unexpected end of JSON input"},
		{"[1]", "read capture: not a HAR: json: cannot unmarshal array"},
		{"{}", "read capture: it has 0 requests, want 1 to 20000"},
		{`{"log":{"entries":[` + strings.Repeat("{},", 20000) + `{}]}}`, "read capture: it has 20001 requests, want 1 to 20000"},
		{`{"log":{"entries":[{"request":{"method":"GET","url":"chrome://newtab/"},"response":{"status":200}}]}}`, "read capture: it contains no page"},
		{`{"log":{"entries":[{"_resourceType":"image","request":{"method":"GET","url":"http://a.test/"},"response":{"status":200}}]}}`, "read capture: it contains no page"},
		{
			`{"log":{"entries":[` + strings.Repeat(`{"request":{"headers":[`+strings.Repeat("{},", 900)+`{}]}},`, 1000) + `{}]}}`,
			"read capture: more than 500000 headers and fields; record the login alone",
		},
		{
			`{"log":{"entries":[{"request":{"postData":{"params":[` + strings.Repeat(`{"name":"a"},`, 1000) + `{"name":"a"}]}}}]}}`,
			"read capture: a request has more than 1000 fields",
		},
		{`{"log":{"entries":[{"request":{"headers":1}}]}}`, "read capture: not a HAR: json: cannot unmarshal number"},
		{strings.Repeat(" ", record.MaxFile+1), "read capture: more than 64 MiB; record the login alone"},
	} {
		if _, err := record.Read(strings.NewReader(test.text)); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%.60q: %v, want %s", test.text, err, test.want)
		}
	}
}

// TestFirefox reads a capture of Firefox: without types of requests, with only decoded
// fields, and with a page of another charset in base64.
func TestFirefox(t *testing.T) {
	c, err := record.Read(strings.NewReader("\xef\xbb\xbf" + `{"log":{"creator":{"name":"Firefox"},"entries":[
		{"request":{"method":"GET","url":"http://check.test/","headers":[{"name":"Accept","value":"text/html,*/*"}]},
		 "response":{"status":302,"headers":[{"name":"Location","value":"http://portal.test/"}],"content":{"mimeType":"text/html"}}},
		{"request":{"method":"GET","url":"http://portal.test/","headers":[{"name":"Accept","value":"text/html,*/*"}]},
		 "response":{"status":200,"headers":[{"name":"Content-Type","value":"text/html; charset=iso-8859-1"}],
		  "content":{"mimeType":"text/html","encoding":"base64","text":"PGZvcm0gbWV0aG9kPXBvc3QgYWN0aW9uPS9nbz48bGFiZWwgZm9yPWk+Wmlt6XI8L2xhYmVsPjxpbnB1dCBpZD1pIG5hbWU9cm9vbT48L2Zvcm0+"}}},
		{"request":{"method":"GET","url":"http://portal.test/logo","headers":[{"name":"Accept","value":"image/webp,*/*"}]},
		 "response":{"status":200,"headers":[],"content":{"mimeType":"text/html","text":"none"}}},
		{"request":{"method":"GET","url":"http://portal.test/app.js","headers":[{"name":"Accept","value":"*/*"}]},
		 "response":{"status":200,"headers":[],"content":{"mimeType":"text/javascript","text":"go()"}}},
		{"request":{"method":"POST","url":"http://portal.test/go","headers":[{"name":"Accept","value":"text/html,*/*"}],
		  "postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"room","value":"1402"}]}},
		 "response":{"status":200,"headers":[],"content":{"mimeType":"text/html","text":"Welcome"}}}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "draft")
	made, err := c.DraftPack(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if made.Online {
		t.Error("a login without a check counts as online")
	}
	text, err := os.ReadFile(filepath.Join(dir, "authenticate.toml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`prompt = "Zimér"`, `fields = { room = "{{.input.room}}" }`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("missing: %s\n%s", want, text)
		}
	}
	replays(t, dir, load(t, dir))
}

// A URL with the port that is the scheme's default is the one without, in a request, in a
// Location and in what a browser records of it.
func TestDefaultPort(t *testing.T) {
	har := `{"log":{"entries":[
		{"_resourceType":"document","request":{"method":"GET","url":"http://check.test:80/"},
		 "response":{"status":302,"redirectURL":"LOCATION","headers":[HEADER]}},
		{"_resourceType":"document","request":{"method":"GET","url":"PAGE"},
		 "response":{"status":200,"headers":[{"name":"Content-Type","value":"text/html"}],
		  "content":{"text":"<form method=post action=/go><input name=room></form>"}}},
		{"_resourceType":"document","request":{"method":"POST","url":"GO",
		  "postData":{"mimeType":"application/x-www-form-urlencoded","text":"room=1402"}},
		 "response":{"status":200,"headers":[{"name":"Content-Type","value":"text/html"}],"content":{"text":"Welcome"}}}]}}`
	for name, test := range map[string]struct{ location, page, post string }{
		"location":       {"http://portal.test:80/in", "http://portal.test/in", "http://portal.test/go"},
		"request":        {"http://portal.test/in", "http://portal.test:80/in", "http://portal.test:80/go"},
		"post alone":     {"http://portal.test/in", "http://portal.test/in", "http://portal.test:80/go"},
		"https":          {"https://portal.test:443/in", "https://portal.test/in", "https://portal.test:443/go"},
		"an empty port":  {"http://portal.test:/in", "http://portal.test/in", "http://portal.test/go"},
		"another's port": {"https://portal.test:80/in", "https://portal.test:80/in", "https://portal.test:80/go"},
	} {
		for _, header := range []string{"", `{"name":"Location","value":"` + test.location + `"}`} {
			text := strings.NewReplacer("LOCATION", test.location, "HEADER", header, "PAGE", test.page, "GO", test.post).Replace(har)
			c, err := record.Read(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(t.TempDir(), "draft")
			if _, err := c.DraftPack(t.Context(), dir); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			flow, err := os.ReadFile(filepath.Join(dir, "authenticate.toml"))
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{`open = "{{.probe.url}}"`, `submit = "form:has([name=room])"`, `fields = { room = "{{.input.room}}" }`} {
				if !strings.Contains(strings.Join(strings.Fields(string(flow)), " "), want) {
					t.Errorf("%s: missing: %s\n%s", name, want, flow)
				}
			}
			replays(t, dir, load(t, dir))
		}
	}
}

func TestDraftPackMistakes(t *testing.T) {
	login := page("http://portal.test/", "<form method=post action=/go><input name=card></form>")
	posted := entry{kind: "document", method: "POST", url: "http://portal.test/go", mime: urlencoded, sent: "card=4711", body: "Welcome"}
	for _, test := range []struct {
		name    string
		entries []entry
		want    string
	}{
		{"Draft", []entry{intercepted("http://portal.test/"), login, posted}, `name pack: want lower-case letters`},
		{"draft", []entry{intercepted("http://portal.test/"), login}, "find portal: the capture leads to no page"},
		{"draft", []entry{page("http://a.test/", "News")}, "find portal: the capture leads to no page"},
		{"there", []entry{intercepted("http://portal.test/"), login, posted}, "make pack: mkdir "},
	} {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "there"), 0o755); err != nil {
			t.Fatal(err)
		}
		_, err := capture(t, test.entries...).DraftPack(t.Context(), filepath.Join(dir, test.name))
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
		if _, err := os.Stat(filepath.Join(dir, "draft")); err == nil {
			t.Errorf("%s: the directory was not removed", test.want)
		}
	}
}

// A capture of a few megabytes does not cost gigabytes.
func TestReadIsBounded(t *testing.T) {
	const size, most = 2 << 20, 100 << 20
	page := func(request, response string) string {
		return `{"log":{"entries":[{"_resourceType":"xhr","request":{"method":"POST","url":"http://a.test/",` + request + `},"response":{"status":200,` + response + `}}]}}`
	}
	for name, text := range map[string]string{
		"entries":     `{"log":{"entries":[` + strings.Repeat("{},", size/3) + `{}]}}`,
		"headers":     page(`"headers":[`+strings.Repeat("{},", size/3)+`{}]`, `"headers":[]`),
		"fields":      page(`"postData":{"params":[`+strings.Repeat("{},", size/3)+`{}]}`, `"headers":[]`),
		"JSON body":   page(`"postData":{"mimeType":"application/json","text":"[`+strings.Repeat("1,", size/2)+`1]"}`, `"headers":[]`),
		"nested body": page(`"postData":{"mimeType":"application/json","text":"`+strings.Repeat("[", size)+`"}`, `"headers":[]`),
		"nested":      strings.Repeat("[", size),
		"nested more": `{"log":` + strings.Repeat(`{"a":`, size/5),
		"pairs":       `{"log":{"entries":[` + strings.Repeat(`{"request":{"headers":[`+strings.Repeat("{},", 900)+`{}]}},`, size/2800) + `{}]}}`,
		"exchanges":   `{"log":{"entries":[` + strings.Repeat(`{"_resourceType":"xhr","request":{"method":"GET","url":"http://a.test/"},"response":{"status":200}},`, 19_999) + `{}]}}`,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = record.Read(strings.NewReader(text))
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > most {
			t.Errorf("%s: %d MiB", name, used>>20)
		} else {
			t.Logf("%s: %d MiB", name, used>>20)
		}
	}
}
