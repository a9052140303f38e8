package record_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hotspot-helper/plugins/record"
)

// entry is an entry of a made-up capture.
type entry struct {
	kind, method, url string
	sent, mime        string // body and its type
	status            int    // 0: 200
	to                string // of a redirect
	body, content     string // and its type; empty: text/html
}

// page returns the entry of an opened page.
func page(url, body string) entry { return entry{kind: "document", url: url, body: body} }

// intercepted returns a check that is redirected to a page.
func intercepted(to string) entry {
	return entry{kind: "document", url: "http://check.test/", status: 302, to: to}
}

// online returns a check with the expected response.
func online() entry { return entry{kind: "document", url: "http://check.test/", status: 204} }

const urlencoded = "application/x-www-form-urlencoded"

// capture reads a HAR of entries.
func capture(t *testing.T, entries ...entry) *record.Capture {
	t.Helper()
	var list []any
	for _, e := range entries {
		request := map[string]any{"method": "GET", "url": e.url}
		if e.method != "" {
			request["method"] = e.method
			request["postData"] = map[string]any{"mimeType": e.mime, "text": e.sent}
		}
		if e.content == "" {
			e.content = "text/html"
		}
		if e.status == 0 {
			e.status = 200
		}
		list = append(list, map[string]any{"_resourceType": e.kind, "request": request, "response": map[string]any{
			"status": e.status, "redirectURL": e.to, "headers": []any{map[string]string{"name": "Content-Type", "value": e.content}},
			"content": map[string]any{"mimeType": e.content, "text": e.body, "size": len(e.body)},
		}})
	}
	text, err := json.Marshal(map[string]any{"log": map[string]any{"entries": list}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := record.Read(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSteps drafts packs for typical portals and checks lines of the flow.
func TestSteps(t *testing.T) {
	const login = `<form id=login method=post action=/go><input name=card><input type=password name=pin></form>`
	posted := entry{kind: "document", method: "POST", url: "http://portal.test/go", mime: urlencoded, sent: "card=4711-0815&pin=27182", body: "Welcome"}
	for name, test := range map[string]struct {
		entries []entry
		want    []string // in authenticate.toml
		not     []string
		doubts  []string // parts of PackDraft.Unsure
	}{
		"JSON with tokens": {
			entries: []entry{
				intercepted("http://portal.test/"),
				page("http://portal.test/", `<script>var csrf = "a8f3kd92q"; var api = "http://api.portal.test"</script><input id=room><input id=name>`),
				{
					kind: "xhr", method: "POST", url: "http://api.portal.test/v1/login", mime: "application/json", content: "application/json",
					sent: `{"csrf":"a8f3kd92q","guest":{"room":"1402","name":"Lovelace"},"terms":true}`, body: `{"next":"http://portal.test/go/9f8e7d6c5b"}`,
				},
				page("http://portal.test/go/9f8e7d6c5b", "Welcome"), online(),
			},
			want: []string{
				`hosts  = ["portal.test", "api.portal.test"]`, `capture.csrf = { script = "csrf" }`, `post = "http://api.portal.test/v1/login"`,
				`json = { csrf = "{{.capture.csrf}}", guest = { name = "{{.input.name}}", room = "{{.input.room}}" }, terms = true }`,
				`capture.next = { json = "next" }`, `open = "{{.capture.next}}"`,
			},
			not:    []string{"a8f3kd92q", "9f8e7d6c5b", "Lovelace", "1402"},
			doubts: []string{"the flow seems to accept terms", "pack.toml: the portal's page has nothing that distinguishes it from others"},
		},
		"a token whose name has another value in an earlier script": {
			entries: []entry{
				intercepted("http://portal.test/"),
				page("http://portal.test/", `<script>var csrf = "0ld0ld0ld"</script><script>var csrf = "a8f3kd92q"</script>`+login),
				{kind: "document", method: "POST", url: "http://portal.test/go", mime: urlencoded, sent: "card=4711-0815&pin=27182&csrf=a8f3kd92q", body: "Welcome"},
				online(),
			},
			want: []string{"[inputs.csrf]"}, not: []string{`script = "csrf"`, "a8f3kd92q"},
		},
		"frames, links and refreshes": {
			entries: []entry{
				intercepted("http://portal.test/"), page("http://portal.test/", `<p>Welcome<iframe src=/frame></iframe>`),
				page("http://portal.test/frame", `<a href="/terms">Terms</a><a href="/in?t=1">Log in</a>`),
				page("http://portal.test/in?t=1", `<meta http-equiv=refresh content="1; url=/form">`),
				page("http://portal.test/form", login), posted, online(),
			},
			want: []string{`follow = "iframe[src*='/frame']"`, `follow = "a[href*='/in']"`, `follow = "meta"`, `submit = "form:has([name=card]):has([name=pin])"`},
		},
		"a URL in a parameter": {
			entries: []entry{
				intercepted("http://splash.test/?grant=https%3A%2F%2Fn42.cloud.test%2Fgrant&url=http%3A%2F%2Fcheck.test%2F"),
				page("http://splash.test/?grant=https%3A%2F%2Fn42.cloud.test%2Fgrant&url=http%3A%2F%2Fcheck.test%2F", "<button onclick=go()>Accept"),
				{kind: "document", url: "https://n42.cloud.test/grant?continue_url=http%3A%2F%2Fcheck.test%2F", status: 302, to: "http://check.test/"},
				online(),
			},
			want: []string{
				`hosts  = ["splash.test", "@param:grant"]`, `open = "{{.capture.next}}?continue_url={{.capture.continue_url | urlencode}}"`,
				`capture.next = { url = "*", param = "grant" }`, "terms  = ",
			},
			not: []string{"n42"},
		},
		"a choice, and a value of the page's text": {
			entries: []entry{
				intercepted("http://portal.test/"),
				page("http://portal.test/", `<p data-x="1">ticket: q7w8e9r0t1</p><form method=post action=/go><select name=plan><option value=free><option value=day></select><input name=card></form>`),
				{kind: "document", method: "POST", url: "http://portal.test/go", mime: urlencoded, sent: "plan=day&card=4711-0815&ticket=q7w8e9r0t1", body: "Welcome"},
				online(),
			},
			want: []string{
				`capture.ticket = { regex = "ticket: ([A-Za-z0-9+/=_~.%-]+)" }`,
				`fields = { plan = "day", card = "{{.input.card}}", ticket = "{{.capture.ticket}}" }`,
			},
			doubts: []string{`step go: the choice "day" of plan is kept for everybody`},
		},
		"a guest whose password is guest": {
			entries: []entry{
				intercepted("http://portal.test/"), page("http://portal.test/", login),
				{kind: "document", method: "POST", url: "http://portal.test/go", mime: urlencoded, sent: "card=guest&pin=guest", body: "Welcome"},
				online(),
			},
			want: []string{`fields = { card = "{{.input.card}}", pin = "{{.input.pin}}" }`},
		},
		"a second attempt": {
			entries: []entry{
				intercepted("http://portal.test/"), page("http://portal.test/", login),
				{kind: "document", method: "POST", url: "http://portal.test/go", mime: urlencoded, sent: "card=4711-0815&pin=99999", body: "<p>Wrong PIN" + login},
				posted, online(),
			},
			want: []string{`when   = [{ css = "form:has([name=card]):has([name=pin])" }]`},
			not:  []string{"unsure", "go_2"},
		},
		"another page after a refusal": {
			entries: []entry{
				intercepted("http://portal.test/"), page("http://portal.test/", login),
				{kind: "document", method: "POST", url: "http://portal.test/go", mime: urlencoded, sent: "card=4711-0815&pin=99999", body: "<p>Wrong PIN"},
				page("http://portal.test/", login), posted, online(),
			},
			not:    []string{"denied"},
			doubts: []string{"step go: an attempt was refused, and the page did not show the form again"},
		},
		"a script that waits": {
			entries: []entry{
				intercepted("http://portal.test/"), page("http://portal.test/", login), posted,
				{kind: "xhr", url: "http://portal.test/state", body: `{"state":"wait"}`, content: "application/json"},
				{kind: "xhr", url: "http://portal.test/state", body: `{"state":"done"}`, content: "application/json"},
				online(),
			},
			want: []string{`open = "/state"`}, not: []string{"state_2"},
		},
		"a digest": {
			entries: []entry{
				intercepted("http://portal.test/"), page("http://portal.test/", login+`<script src=/hash.js></script>`),
				{kind: "document", method: "POST", url: "http://portal.test/go", mime: urlencoded, sent: "card=4711-0815&pin=27182&hash=9057bd5c4c4ee2ab0b8e85f8ba3cc9d8", body: "Welcome"},
				online(),
			},
			want: []string{`hash = "{{.input.hash}}"`, "[inputs.hash]"}, not: []string{"9057bd5c"},
			doubts: []string{"step go: a script seems to have computed the field hash"},
		},
		"a challenge": {
			entries: []entry{
				intercepted("http://10.5.50.1/login"),
				page("http://10.5.50.1/login", `<form name=sendin method=post action=/login><input type=hidden name=username><input type=hidden name=password></form>
					<script>function doLogin() { document.sendin.password.value = hexMD5('\357' + document.login.password.value + '\015\312'); }</script>
					<form name=login onsubmit="return doLogin()"><input name=username><input type=password name=password></form>`),
				{
					kind: "document", method: "POST", url: "http://10.5.50.1/login", mime: urlencoded,
					sent: "username=grace&password=0b8e85f8ba3cc9d89057bd5c4c4ee2ab", body: "You are logged in",
				},
				online(),
			},
			want: []string{
				`hosts  = ["@start"]`, `capture.chap_id = { script = "hexMD5" }`, `capture.challenge = { script = "hexMD5", nth = 1 }`,
				`password = "{{concat .capture.chap_id .input.password .capture.challenge | md5 | hex}}"`,
			},
			not: []string{"0b8e85f8"}, doubts: []string{"the script of the page seems to hash the password between its two literals"},
		},
		"a form with files, of another tab before": {
			entries: []entry{
				page("http://news.test/", `<form><input name=q></form>`), intercepted("http://portal.test/"),
				page("http://portal.test/", `<form method=post enctype=multipart/form-data action=/go><input name=card><input type=checkbox name=news checked value=yes><input type=file name=photo></form>`),
				{
					kind: "document", method: "POST", url: "http://portal.test/go", mime: "multipart/form-data; boundary=b", body: "Welcome",
					sent: "--b\r\nContent-Disposition: form-data; name=\"card\"\r\n\r\n4711-0815\r\n--b\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"\"\r\n\r\n\r\n--b--\r\n",
				},
				online(),
			},
			want: []string{`fields = { card = "{{.input.card}}" }`, `"news"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "draft")
			made, err := capture(t, test.entries...).DraftPack(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(filepath.Join(dir, "authenticate.toml"))
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range test.want {
				if !strings.Contains(string(text), want) {
					t.Errorf("missing: %s", want)
				}
			}
			for _, not := range append(test.not, "4711-0815", "27182") {
				if strings.Contains(string(text), not) {
					t.Errorf("unexpected: %s", not)
				}
			}
			for _, want := range test.doubts {
				if !strings.Contains(strings.Join(made.Unsure, "\n"), want) {
					t.Errorf("no doubt: %s", want)
				}
			}
			replays(t, dir, load(t, dir))
			if t.Failed() || testing.Verbose() {
				show(t, dir)
			}
		})
	}
}
