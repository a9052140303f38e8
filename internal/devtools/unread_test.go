package devtools

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// What a person types is read from a control that shows it, else the recording is not complete.
func TestUnread(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/html") }))
	defer server.Close()
	c := startChromium(t)
	const box = "<input type=checkbox name=a style='position:absolute;left:10px;top:10px;width:30px;height:30px'>"
	const field = "<input name=a>"
	focus := "document.querySelector('[name=a]').focus();"
	open := func(page string) string {
		return fmt.Sprintf("document.open(); document.write(%q); document.close();", page) + focus
	}
	for name, test := range map[string]struct {
		page, script string
		do           func() // else types seahorse
		isRead       bool
	}{
		"a field":                    {page: field, script: focus, isRead: true},
		"a field that shows nothing": {page: "<input name=a type=password>", script: focus, isRead: true},
		"a text that is edited":      {page: "<div contenteditable id=d></div>", script: "d.focus()", isRead: true},
		"a page that takes over":     {page: "<input name=a oninput='this.value = this.value.toUpperCase()'>", script: focus, isRead: true},
		"a document that is opened":  {script: open(field), isRead: true},
		"a date":                     {page: "<input name=a type=date>", script: focus, do: func() { c.write("12312000") }, isRead: true},
		"a letter that chooses":      {page: "<select name=a><option>Germany<option>Sweden</select>", script: focus, do: func() { c.write("sw") }, isRead: true},
		"a field that is full":       {page: "<input name=a maxlength=4>", script: focus, do: func() { c.write("274911") }, isRead: true},
		"an on-screen keyboard":      {page: field, script: focus, do: func() { c.do("Input.insertText", params{"text": "seahorse"}) }, isRead: true},
		"an input method": {page: field, script: focus, do: func() {
			c.do("Input.imeSetComposition", params{"text": "seahor", "selectionStart": 6, "selectionEnd": 6})
			c.do("Input.insertText", params{"text": "seahorse"})
		}, isRead: true},
		"a paste": {page: "<input id=b value=seahorse>" + field, script: "b.focus()", do: func() {
			c.key("", "", "selectAll")
			c.key("", "", "copy")
			c.run(focus)
			c.key("", "", "paste")
		}, isRead: true},
		"a paste into a document that is opened": {script: open("<input id=b value=seahorse>"+field) + "b.focus()", do: func() {
			c.key("", "", "selectAll")
			c.key("", "", "copy")
			c.run(focus)
			c.do("Input.dispatchKeyEvent", params{"type": "rawKeyDown", "key": "v", "modifiers": 2, "commands": []string{"paste"}})
		}, isRead: true},
		"a paste that a field cuts": {page: "<input id=b value=seahorse><input name=a maxlength=1>", script: "b.focus()", do: func() {
			c.key("", "", "selectAll")
			c.key("", "", "copy")
			c.run(focus)
			c.key("", "", "paste")
		}},
		"keys that a page handles":       {page: "<div id=d tabindex=0>PIN</div>", script: "d.focus()"},
		"keys at a list":                 {page: "<select name=a><option></select>", script: focus},
		"keys at a box":                  {page: box, script: focus},
		"keys that a field does not get": {page: "<input name=a onkeydown='event.preventDefault()'>", script: focus},
		"a text that a field drops":      {page: "<input name=a onbeforeinput='event.preventDefault()'>", script: focus},
		"a field that cannot be seen":    {page: "<input name=a style='opacity:0'>", script: focus},
		"a field for reading":            {page: "<input name=a readonly>", script: focus},
		"a closed shadow tree": {
			page:   "<x-a></x-a>",
			script: "{ const r = document.querySelector('x-a').attachShadow({mode: 'closed'}); r.innerHTML = '<input>'; r.querySelector('input').focus() }",
		},
		"a closed shadow tree in a text": {
			page:   "<div contenteditable><x-a contenteditable=false></x-a></div>",
			script: "{ const r = document.querySelector('x-a').attachShadow({mode: 'closed'}); r.innerHTML = '<input>'; r.querySelector('input').focus() }",
		},
		"an on-screen keyboard in a closed tree": {
			page:   "<x-a></x-a>",
			script: "{ const r = document.querySelector('x-a').attachShadow({mode: 'closed'}); r.innerHTML = '<input>'; r.querySelector('input').focus() }",
			do:     func() { c.do("Input.insertText", params{"text": "seahorse"}) },
		},
		"a paste that a page handles": {page: "<input id=b value=seahorse><div id=d tabindex=0>PIN</div>", script: "b.focus()", do: func() {
			c.key("", "", "selectAll")
			c.key("", "", "copy")
			c.run("d.focus()")
			c.key("", "", "paste")
		}},
		"an opened document whose listeners come first": {
			script: "document.open(); addEventListener('keydown', e => e.stopImmediatePropagation(), true); document.write('<div id=d tabindex=0>PIN</div>'); d.focus()",
		},
		"a frame whose listeners come first": {
			page:   "<iframe id=f></iframe>",
			script: "f.contentWindow.addEventListener('keydown', e => e.stopImmediatePropagation(), true); f.contentDocument.body.innerHTML = '<div id=d tabindex=0>PIN</div>'; f.contentWindow.focus(); f.contentWindow.d.focus()",
		},
		"a dialog": {script: "setTimeout(() => prompt('PIN'), 0)", do: func() {
			answer := params{"accept": true, "promptText": "seahorse"}
			for range 100 { // until it shows
				if c.try("Page.handleJavaScriptDialog", answer).Error == nil {
					return
				}
				time.Sleep(50 * time.Millisecond)
			}
			c.t.Fatal("no dialog")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c.t = t
			c.mu.Lock()
			c.typed = newTyped()
			c.mu.Unlock()
			c.do("Page.navigate", params{"url": fmt.Sprintf("%s/%x", server.URL, name)})
			c.run("document.readyState === 'complete' || new Promise(done => addEventListener('load', done))")
			c.run(fmt.Sprintf("document.body.replaceChildren(document.createRange().createContextualFragment(%q))", test.page))
			c.run(test.script)
			if test.do == nil {
				test.do = func() { c.write("seahorse") }
			}
			test.do()
			c.run("new Promise(done => setTimeout(done, 250))")
			c.mu.Lock()
			defer c.mu.Unlock()
			if err := c.typed.failure(); (err == nil) != test.isRead || err != nil && !errors.Is(err, errUnread) {
				t.Errorf("%v, %d characters", err, c.typed.unread)
			}
		})
	}
}

// Of a control that a page empties at each key, each key is recorded, one that is pressed twice as well.
func TestEmptiedAtEachKey(t *testing.T) {
	c := startChromium(t)
	c.run("document.body.innerHTML = '<input name=a>'; document.querySelector('input').oninput = e => { e.target.value = '' }; document.querySelector('input').focus()")
	c.write("pool")
	c.run("0")
	c.mu.Lock()
	defer c.mu.Unlock()
	var got []string
	for _, control := range c.typed.controls {
		for _, value := range control.Values {
			got = append(got, value.Reveal())
		}
	}
	if text := strings.Join(got, ""); text != "pool" {
		t.Errorf("recorded: %q", got)
	}
}
