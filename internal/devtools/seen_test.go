package devtools

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// framed is a page with a frame of the same site.
func framed(style string) string {
	return "<iframe style='" + style + "' srcdoc='<input name=a>'></iframe>"
}

// What is typed into a control counts if a person can see the control and its text, and not if anything hides it.
func TestSeen(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/html") }))
	defer server.Close()
	c := startChromium(t)
	const field, corner = "<input name=a>", "<input name=a style='position:absolute;left:0;top:0;height:30px;width:200px'>"
	over := func(style string) string {
		return corner + "<div id=o style='position:fixed;inset:0;" + style + "'></div>"
	}
	for name, test := range map[string]struct {
		page   string
		script string // of the page
		isSeen bool
	}{
		"plain":                               {page: field, isSeen: true},
		"a little transparent":                {page: "<div style='opacity:0.95;transform:translateX(3px) rotate(1deg);filter:drop-shadow(0 0 1px gray)'>" + field + "</div>", isSeen: true},
		"a label over it":                     {page: corner + "<label style='position:absolute;left:4px;top:4px;pointer-events:none'>Name</label>", isSeen: true},
		"a label with a background over it":   {page: corner + "<label style='position:absolute;left:0;top:0;height:30px;width:120px;background:white;pointer-events:none'>Name</label>", isSeen: true},
		"an outline over it":                  {page: corner + "<fieldset style='position:absolute;left:0;top:0;width:200px;height:30px;border:1px solid;padding:0;margin:0;pointer-events:none'></fieldset>", isSeen: true},
		"an icon over its corner":             {page: corner + "<svg style='position:absolute;left:160px;top:0;background:gray' width=40 height=30></svg>", isSeen: true},
		"a modal dialog":                      {page: "<div style='position:fixed;inset:0;background:white'></div><dialog id=d>" + field + "</dialog>", script: "d.showModal()", isSeen: true},
		"a layer over a page that is inert":   {page: "<main inert style='background:white;height:500px'>x</main><div style='position:fixed;inset:0;background:gray'>" + field + "</div>", isSeen: true},
		"a scrolled page":                     {page: "<div style='height:5000px'></div>" + field + "<div style='height:5000px'></div>", isSeen: true},
		"a zoomed page":                       {page: "<div style='zoom:1.5'>" + field + "</div>", isSeen: true},
		"white on a picture":                  {page: "<div style='background:linear-gradient(black,black)'><input name=a style='color:white;background:transparent'></div>", isSeen: true},
		"white on a layer behind":             {page: "<div style='position:fixed;inset:0;background:black;pointer-events:none'></div><input name=a style='position:absolute;color:white;background:transparent'>", isSeen: true},
		"a text that is its shadow":           {page: "<input name=a style='color:transparent;text-shadow:0 0 0 gray'>", isSeen: true},
		"a text that is edited":               {page: "<div contenteditable id=d><b>x</b></div>", script: "d.focus()", isSeen: true},
		"a slot of a shadow tree":             {page: "<x-a><input name=a></x-a>", script: "document.querySelector('x-a').attachShadow({mode: 'open'}).innerHTML = '<div><slot></slot></div>'", isSeen: true},
		"a frame":                             {page: framed("border:5px solid;padding:3px"), isSeen: true},
		"a frame that is smaller than usual":  {page: framed("transform:scale(0.8)"), isSeen: true},
		"a transparent filter":                {page: "<div style='filter:opacity(0)'>" + field + "</div>"},
		"transparent by style and filter":     {page: "<div style='opacity:0.4'><input name=a style='filter:opacity(0.4)'></div>"},
		"a filter without contrast":           {page: "<input name=a style='filter:contrast(0)'>"},
		"a clip path":                         {page: "<input name=a style='clip-path:inset(50%)'>"},
		"a clip path that leaves a point":     {page: "<input name=a style='clip-path:circle(2px)'>"},
		"a clip":                              {page: "<input name=a style='position:absolute;clip:rect(0 0 0 0)'>"},
		"a mask":                              {page: "<div style='mask-image:linear-gradient(transparent,transparent)'>" + field + "</div>"},
		"a blending":                          {page: "<input name=a style='mix-blend-mode:lighten'>"},
		"an element without size around it":   {page: "<div style='position:relative;width:0;height:0;overflow:hidden'><input name=a style='position:absolute;left:0;top:0'></div>"},
		"its back":                            {page: "<input name=a style='transform:rotateY(180deg);backface-visibility:hidden'>"},
		"its edge":                            {page: "<input name=a style='transform:perspective(1px) rotateY(90deg)'>"},
		"covered":                             {page: over("background:white")},
		"covered, for no mouse":               {page: over("background:white;pointer-events:none")},
		"covered, for no mouse in any case":   {page: over("background:white;pointer-events:none!important")},
		"covered by what is inert":            {page: corner + "<div inert style='position:fixed;inset:0;background:white'></div>"},
		"covered by its label":                {page: "<label for=a style='position:fixed;inset:0;background:white'></label><input name=a id=a>"},
		"covered by a shadow inside":          {page: over("box-shadow:inset 0 0 0 999px white")},
		"covered by a blur":                   {page: over("backdrop-filter:blur(40px)")},
		"covered by what a style adds":        {page: "<style>#o::before { content: ''; position: absolute; inset: 0; background: white; pointer-events: none }</style>" + over("")},
		"covered by what a shadow tree has":   {page: corner + "<x-o></x-o>", script: "document.querySelector('x-o').attachShadow({mode: 'closed'}).innerHTML = '<div style=\"position:fixed;inset:0;background:white\"></div>'"},
		"covered until a key comes":           {page: over("background:white"), script: "addEventListener('keydown', () => o.hidden = true); addEventListener('input', () => o.hidden = false); { const s = document.createElement('style'); s.textContent = '[hidden] { display: none }'; document.head.append(s) }"},
		"a transparent text":                  {page: "<input name=a style='color:transparent;background:transparent;border:0;outline:0;caret-color:transparent'>"},
		"a transparent text with a shadow":    {page: "<input name=a style='color:transparent;text-shadow:0 0 0 transparent'>"},
		"a text that is as what is behind it": {page: "<input name=a style='color:white;background:#fefefe;border:0;outline:0'>"},
		"a text in a color of its own kind":   {page: "<input name=a style='color:oklch(1 0 0);background:white;border:0;outline:0'>"},
		"a text in another kind of color":     {page: "<input name=a style='color:color(srgb 1 1 1);background:white;border:0;outline:0'>"},
		"dark in another kind of color":       {page: "<input name=a style='color:oklch(0.2 0 0);background:white'>", isSeen: true},
		"a text whose shadow is elsewhere":    {page: "<input name=a style='color:transparent;text-shadow:9999px 0 0 black'>"},
		"a text whose shadow is blurred":      {page: "<input name=a style='color:transparent;text-shadow:0 0 500px black'>"},
		"a shadow as what is behind it":       {page: "<input name=a style='color:transparent;text-shadow:0 0 0 white;background:white'>"},
		"white with a white shadow":           {page: "<input name=a style='color:white;text-shadow:0 0 0 white;background:white'>"},
		"a text that is moved away":           {page: "<input name=a style='text-indent:-9999px'>"},
		"letters over each other":             {page: "<input name=a style='letter-spacing:-100px'>"},
		"letters with some space":             {page: "<input name=a style='letter-spacing:8px;text-indent:10px'>", isSeen: true},
		"a text that is as the page":          {page: "<input name=a style='color:white;background:transparent;border:0;outline:0'>"},
		"a text without size":                 {page: "<input name=a style='font-size:1px;height:20px;width:90px'>"},
		"a frame with a clip path":            {page: framed("clip-path:inset(50%)")},
		"a frame with a filter":               {page: framed("filter:opacity(0)")},
		"a frame that is covered there":       {page: framed("position:absolute;left:0;top:0;width:400px;height:400px") + "<div style='position:fixed;left:0;top:0;width:300px;height:60px;background:white'></div>"},
	} {
		t.Run(name, func(t *testing.T) {
			c.show(t, fmt.Sprintf("%s/%x", server.URL, name), test.page)
			c.run(test.script + "; (document.querySelector('[name=a]') ?? window.frames[0]?.document.querySelector('input'))?.focus()")
			c.write("seahorse")
			c.run("0") // what was reported before has been read by now
			c.mu.Lock()
			defer c.mu.Unlock()
			isRead := len(c.typed.controls) > 0
			if err := c.typed.failure(); isRead != test.isSeen || (err == nil) != test.isSeen {
				t.Errorf("read: %v, %v", isRead, err)
			}
		})
	}
}
