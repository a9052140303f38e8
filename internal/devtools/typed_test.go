package devtools

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// pipes are the two ends of a browser's pipe.
type pipes struct {
	io.Reader
	io.WriteCloser
}

// chromium is a recorded browser of which the test is the person.
type chromium struct {
	*Recorder
	t       *testing.T
	session string
}

// startChromium starts a browser, and waits for its page.
func startChromium(t *testing.T) *chromium {
	t.Helper()
	required := strings.Contains(os.Getenv("HELPER_REQUIRE"), "browser")
	switch _, err := exec.LookPath("chromium"); {
	case err != nil && required:
		t.Fatal("required by HELPER_REQUIRE: ", err)
	case err != nil:
		t.Skip("there is no Chromium here: ", err)
	case testing.Short() && !required:
		t.Skip("starts a browser: not with -short")
	}
	reads, commands, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	messages, writes, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
		"--user-data-dir="+t.TempDir(), "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{reads, writes}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = reads.Close(), writes.Close() // the browser has them
	c := &chromium{t: t, Recorder: New(&pipes{messages, commands}, "", nil)}
	ended := make(chan error, 1)
	go func() { ended <- c.Run(t.Context()) }()
	t.Cleanup(func() {
		_ = commands.Close() // the browser ends
		<-ended
		_ = cmd.Wait() // how it ends does not matter
		_ = messages.Close()
	})
	for c.session == "" {
		c.mu.Lock()
		if len(c.pages) > 0 {
			c.session = c.pages[0]
		}
		c.mu.Unlock()
		time.Sleep(10 * time.Millisecond)
	}
	return c
}

// do carries out a command of the person's.
func (c *chromium) do(method string, p params) json.RawMessage {
	c.t.Helper()
	r := c.try(method, p)
	if r.Error != nil {
		c.t.Fatalf("%s: %s", method, r.Error)
	}
	return r.Result
}

// try is do of a command that the browser may refuse.
func (c *chromium) try(method string, p params) result {
	c.t.Helper()
	done := make(chan result, 1)
	c.call(c.session, method, p, func(r result) { done <- r })
	select {
	case r := <-done:
		return r
	case <-time.After(time.Minute):
		c.t.Fatalf("%s: no answer", method)
		return result{}
	}
}

// run runs a script in the page, as a script of the page.
func (c *chromium) run(script string) {
	c.t.Helper()
	var answer struct{ ExceptionDetails json.RawMessage }
	if err := json.Unmarshal(c.do("Runtime.evaluate", params{"expression": script, "awaitPromise": true}), &answer); err != nil || answer.ExceptionDetails != nil {
		c.t.Fatalf("%s: %v, %s", script, err, answer.ExceptionDetails)
	}
}

// key presses a key, of which the browser makes the text or the commands of an editor.
func (c *chromium) key(key, text string, commands ...string) {
	c.t.Helper()
	c.do("Input.dispatchKeyEvent", params{"type": "keyDown", "key": key, "code": key, "text": text, "commands": append([]string{}, commands...), "windowsVirtualKeyCode": keyCode(key)})
	c.do("Input.dispatchKeyEvent", params{"type": "keyUp", "key": key})
}

func keyCode(key string) int { return map[string]int{"Backspace": 8, "ArrowDown": 40}[key] }

// show opens a URL with this content for a test, when its frames are loaded. Nothing was typed there yet.
func (c *chromium) show(t *testing.T, url, page string) {
	c.t = t
	c.mu.Lock()
	c.typed = newTyped()
	c.mu.Unlock()
	c.do("Page.navigate", params{"url": url})
	c.run("document.readyState === 'complete' || new Promise(done => addEventListener('load', done))")
	c.run(fmt.Sprintf(`document.body.replaceChildren(document.createRange().createContextualFragment(%q));
		Promise.all([...document.querySelectorAll('iframe')].map(f => new Promise(done => f.onload = done)))`, page))
}

// write types a text by keys.
func (c *chromium) write(text string) {
	c.t.Helper()
	for _, r := range text {
		c.key(string(r), string(r))
	}
}

// click clicks what is at the top left, 20 pixels from both edges.
func (c *chromium) click() {
	c.t.Helper()
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		c.do("Input.dispatchMouseEvent", params{"type": kind, "x": 20, "y": 20, "button": "left", "clickCount": 1})
	}
}

// A value counts as typed after real input by a person into a control that can be seen, and nothing that a page does makes
// another one count.
func TestTyped(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
	}))
	defer server.Close()
	c := startChromium(t)
	const field = "<input name=a>"
	const atCorner = "style='position:absolute;left:10px;top:10px;width:30px;height:30px'"
	focus := func(c *chromium) { c.run("document.querySelector('[name=a]').focus()") }
	write := func(text string) func(c *chromium) {
		return func(c *chromium) {
			focus(c)
			c.write(text)
		}
	}
	script := func(text string) func(c *chromium) { return func(c *chromium) { c.run(text) } }
	all := func(steps ...func(c *chromium)) func(c *chromium) {
		return func(c *chromium) {
			for _, step := range steps {
				step(c)
			}
		}
	}
	click := func(c *chromium) { c.click() }
	leave := script("document.activeElement.blur()")
	const insert = "document.execCommand('insertText', false, 'guest')"
	for name, test := range map[string]struct {
		page string
		do   func(c *chromium)
		want map[string]string // names and last values
	}{
		"keys":                     {field, write("ada"), map[string]string{"a": "ada"}},
		"keys, then left":          {field, all(write("ada"), leave), map[string]string{"a": "ada"}},
		"a password":               {"<input name=a type=password>", write("ada"), map[string]string{"a": "ada"}},
		"a number":                 {"<input name=a type=number>", write("27"), map[string]string{"a": "27"}},
		"a long text":              {"<textarea name=a></textarea>", write("ada"), map[string]string{"a": "ada"}},
		"a length that is bounded": {"<input name=a maxlength=2>", write("ada"), map[string]string{"a": "ad"}},
		"a key that deletes":       {field, all(write("ada"), func(c *chromium) { c.key("Backspace", "") }), map[string]string{"a": "ad"}},
		"an on-screen keyboard":    {field, all(focus, func(c *chromium) { c.do("Input.insertText", params{"text": "ada"}) }), map[string]string{"a": "ada"}},
		"an input method": {field, all(focus, func(c *chromium) {
			c.do("Input.imeSetComposition", params{"text": "ad", "selectionStart": 2, "selectionEnd": 2})
			c.do("Input.insertText", params{"text": "ada"})
		}), map[string]string{"a": "ada"}},
		"a paste": {"<input name=b value=ada>" + field, all(script("document.querySelector('[name=b]').focus()"), func(c *chromium) {
			c.key("", "", "selectAll")
			c.key("", "", "copy")
		}, focus, func(c *chromium) { c.key("", "", "paste") }), map[string]string{"a": "ada"}},
		"a page that writes in capitals": {"<input name=a oninput='this.value = this.value.toUpperCase()'>", all(write("ada"), leave), map[string]string{"a": "ADA"}},
		"a shadow tree": {
			"<x-a></x-a><script>document.querySelector('x-a').attachShadow({mode: 'open'}).innerHTML = '<input name=a>'</script>",
			all(script("document.querySelector('x-a').shadowRoot.querySelector('input').focus()"), func(c *chromium) { c.write("ada") }),
			map[string]string{"a": "ada"},
		},
		"a box that is clicked":               {"<input name=a type=checkbox value=yes " + atCorner + ">", click, map[string]string{"a": "yes"}},
		"a box whose label is clicked":        {"<label " + atCorner + "><input name=a type=checkbox value=yes style='opacity:0;position:absolute'>Yes</label>", click, map[string]string{"a": "yes"}},
		"a choice by a key":                   {"<select name=a><option>x<option>y</select>", all(focus, func(c *chromium) { c.key("ArrowDown", "") }), map[string]string{"a": "y"}},
		"a page that inserts":                 {field, all(focus, script(insert)), nil},
		"a page that inserts, and leaves":     {field, all(focus, script(insert), leave), nil},
		"a page that inserts a document":      {field, all(focus, script("document.execCommand('insertHTML', false, 'guest')")), nil},
		"a page that deletes":                 {"<input name=a value=guests>", all(focus, script("document.execCommand('selectAll'), document.execCommand('delete')")), nil},
		"a page that inserts it again":        {field, all(focus, script(insert+", document.execCommand('undo'), document.execCommand('redo')")), nil},
		"a page that inserts in 150 controls": {"", script("for (let i = 0; i < 150; i++) { const c = document.createElement('input'); c.name = 'c' + i; document.body.append(c); c.focus(); " + insert + " }"), nil},
		"a page that inserts more":            {field, all(write("a"), script(insert), leave), map[string]string{"a": "a"}},
		"a page that inserts at each key":     {"<input name=a onkeydown=\"" + insert + "\">", write("a"), map[string]string{"a": "guesta"}},
		"a page that inserts before a text":   {"<input name=a onbeforeinput=\"" + insert + "\">", write("a"), nil},
		"a page that inserts at a text":       {"<input name=a oninput=\"window.x || (x = 1, " + insert + ")\">", all(write("a"), leave), map[string]string{"a": "a"}},
		"a page that inserts elsewhere":       {field + "<input name=b>", all(script("document.querySelector('[name=a]').onkeydown = () => { document.querySelector('[name=b]').focus(); "+insert+"; document.querySelector('[name=a]').focus() }"), write("x")), map[string]string{"a": "x"}},
		"events of the page's own":            {field, script("for (const kind of ['beforeinput', 'input', 'change']) document.querySelector('[name=a]').dispatchEvent(new InputEvent(kind, {bubbles: true, data: '', inputType: 'insertText'}))"), nil},
		"a page that clicks a box":            {"<input name=a type=checkbox value=guest>", script("document.querySelector('input').click()"), nil},
		"a page that clicks a label":          {"<label><input name=a type=checkbox value=guest>Yes</label>", script("document.querySelector('label').click()"), nil},
		"a page that clicks another box":      {"<input name=a type=checkbox value=yes " + atCorner + "><input name=b type=checkbox value=guest>", all(script("document.querySelector('[name=a]').onclick = () => document.querySelector('[name=b]').click()"), click), map[string]string{"a": "yes"}},
		"a password that is a box for a while": {
			"<label for=p id=l></label><input name=a id=p type=password>",
			all(script("p.onkeydown = () => { if (window.x) return; window.x = 1; p.type = 'checkbox'; l.click(); p.type = 'password'; p.focus() }"), write("ada")),
			map[string]string{"a": "ada"},
		},
		"transparent":            {"<div style='opacity:0.1'>" + field + "</div>", write("ada"), nil},
		"hidden":                 {"<input name=a style='visibility:hidden'>", all(script("document.querySelector('input').style.visibility = 'visible'"), focus, script("document.querySelector('input').style.visibility = 'hidden'"), func(c *chromium) { c.write("ada") }), nil},
		"tiny":                   {"<input name=a style='width:1px;height:1px;padding:0;border:0'>", write("ada"), nil},
		"off the screen":         {"<input name=a style='position:absolute;left:-9999px'>", write("ada"), nil},
		"in a transparent frame": {"<iframe style='opacity:0' srcdoc='<input name=a>'></iframe>", all(script("frames[0].document.querySelector('input').focus()"), func(c *chromium) { c.write("ada") }), nil},
		"in a frame":             {"<iframe srcdoc='<input name=a>'></iframe>", all(script("frames[0].document.querySelector('input').focus()"), func(c *chromium) { c.write("ada") }), map[string]string{"a": "ada"}},
		"scrolled to":            {"<div style='height:5000px'></div>" + field, write("ada"), map[string]string{"a": "ada"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.show(t, fmt.Sprintf("%s/%x", server.URL, name), test.page)
			test.do(c)
			c.run("0") // what was reported before has been read by now
			c.mu.Lock()
			defer c.mu.Unlock()
			got := map[string]string{}
			for _, control := range c.typed.controls {
				got[control.Name] = control.Values[len(control.Values)-1].Reveal()
			}
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A control whose type changes is one that people wrote into.
func TestTypes(t *testing.T) {
	for name, test := range map[string]struct {
		types []string
		want  string
	}{
		"a box":                        {[]string{"checkbox", "checkbox"}, "checkbox"},
		"a box that becomes a text":    {[]string{"checkbox", "text"}, "text"},
		"a password that becomes one":  {[]string{"password", "checkbox", "text"}, "password"},
		"a text that becomes one":      {[]string{"text", "radio"}, "text"},
		"a text that becomes a secret": {[]string{"text", "password"}, "password"},
	} {
		s := newSession(t)
		s.attach()
		for i, kind := range test.types {
			s.tell(typedEvent(1, "a", kind, fmt.Sprint(i)))
		}
		_, _ = s.end() // there is no login
		if got := s.recorder.typed.all().Controls; len(got) != 1 || got[0].Type != test.want {
			t.Errorf("%s: %+v, want %s", name, got, test.want)
		}
	}
}
