package clickthrough_test

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// The styles of a field with the class hp and the ID a, in a form, and what is done with the field.
func styles() map[string][]string {
	return map[string][]string{
		"filled": {
			"", ".x{display:none}", "#b{display:none}", "textarea{display:none}", ".hp .x{display:none}", ".x .hp{display:none}",
			".hp{display:block}", ".hp{color:red;opacity:.9}", ".hp{display:none}form .hp{display:block}", "input{opacity:0}.hp{opacity:1}",
			".hp{display:none!important}.hp{display:block !important;}", "#a{display:block}.hp{display:none}", ".hp{display:-webkit-flex;display:flex}",
			".hp:hover{opacity:0}", ".hp::placeholder{opacity:0}", ".hp:focus::-webkit-input-placeholder{display:none}", "a:hover,.x{display:none}",
			"input[type=checkbox]{opacity:0;position:absolute;left:-9999px}", "input[data-x]{display:none}", "[type=radio] .hp{display:none}",
			"@media print{.hp{display:none}}", "@media print and (color), speech{.hp{display:none}}", "@font-face{font-family:x}@charset 'x';", "@keyframes x{from{opacity:0}to{opacity:1}}.hp{animation:x}",
			"@media (max-width:600px){.x{display:none}.hp{display:block;margin-left:-15px}}", "@supports (x:y){.x{display:none}}", "@import url(x.css);",
			"form{margin:0 auto;position:absolute;left:50%;top:50%;transform:translate(-50%,-50%)}", "form{margin:-160px 0 0 -20em;inset:0}", ".hp{width:100%;max-width:calc(100% - 20px);height:40px}",
			"form{transform:translate3d(0,0,0) scale(1.05)}", "form{filter:none;clip-path:none;mask:none;z-index:2;visibility:visible;content-visibility:auto}",
			".x{content:'{'}", `.x{content:"}"} .y{content:'/*'}`, "/* .hp{display:none} */", "<!-- .x{display:none} -->", ".h/**/p{display:none}",
			".x{.hp{color:red}}", ".x{top:0}}.y{display:none}", ".hp{display:inherit;opacity:initial}", ".hp{*display:none;_display:none;--display:none}", ".a .b .c .d .e .f .g .hp{display:none}",
			".hp{-webkit-transform:none;transform:none}", ".hp{opacity:100%}", ".x ~ textarea{display:none}", ".hp{left:9px;left:-9px}",
		},
		"empty": {
			".hp{display:none}", "#a{display : none}", "INPUT{Display:None}", "*{display:none}", "form .hp{visibility:hidden}", ".hp{visibility:collapse}", ".hp{content-visibility:hidden}",
			".hp{opacity:0}", ".hp{opacity:0e1}", ".hp{opacity:-1}", ".hp{opacity:0.01}", ".hp{opacity:0%}",
			".hp{left:-9999px}", ".hp{left:-99em}", ".hp{left:-200vw}", ".hp{inset:-9999px}", ".hp{inset-inline-start:-9999px}", ".hp{margin:0 0 0 -9999px}", ".hp{margin-inline-start:-9999px}", ".hp{text-indent:-9999px}",
			".hp{transform:translateX(-9999px)}", ".hp{translate:-9999px}", ".hp{-webkit-transform:translate(-200vw,0)}",
			"<!-- .hp{display:none} -->", `.x{content:"{"} .hp{display:none}`, `.x{content:"}"} .hp{display:none}`, `.x{content:"/*"} .hp{display:none}`, `.x{background:url("a;b{")} .hp{display:none}`, ".x{background:url(a;b{)} .hp{display:none}",
			`.hp{d\69splay:none}`, `.hp{display:n\6f ne}`, `.\68p{display:none}`, `#\000061{display:none}`, "@m\\65 dia screen{.hp{display:none}}",
			"@media screen{.hp{display:none}}", "@media screen, print{.hp{display:none}}", "@media only screen{.hp{display:none}}", "@media all{@media screen{.hp{display:none}}}", "@media screen{.x{top:0}}.hp{display:none}",
			".hp{display:none}@media print{.hp{display:block!important}}", ".hp{;display:none}", ".hp{display:none!IMPORTANT}#a{display:block}", ".hp{display:none! important}#a{display:block}",
			"a:hover,.hp{display:none}", ".x:first-child,.hp{display:none}", ".hp[name=a]{display:none}", ".hp[required]{display:none}", "form{opacity:0}", ".hp{display:none", strings.Repeat(".hp{top:1px}", 64) + ".hp{display:none}",
			"/*" + strings.Repeat("x", 65<<10) + "*/.hp{display:none}",
		},
		"unclear": {
			".hp{display:none}.hp{display:bogus}", ".hp{display:none;display:bogus}", ".hp{display:none none}", ".hp{display:none}.hp{display:block!ie}", ".hp{opacity:calc(0)}", ".hp{opacity:var(--x)}", ".hp{display:contents}",
			".hp{left:9999px}", ".hp{left:calc(-1px*9999)}", ".hp{left:-600px}", ".hp{margin-left:-100%}", ".hp{left:-1x}", ".hp{transform:scale(0)}", ".hp{transform:rotateY(90deg)}", ".hp{scale:0}", ".hp{zoom:.01}",
			".hp{clip:rect(0,0,0,0)}", ".hp{clip-path:inset(100%)}", ".hp{filter:opacity(0)}", ".hp{mask:url(x)}", ".hp{width:1px}", ".hp{height:0}", "form{max-height:0;overflow:hidden}", ".hp{z-index:-1}", ".hp{all:unset}",
			".HP{display:none}", "#A{display:none}", "@layer a{.hp{display:none}}", "@supports (display:block){.hp{display:none}}", "@media (min-width:0){.hp{display:none}}", "@media not print{.hp{display:none}}", "@container (width>0){.hp{display:none}}", "@bogus x{.hp{display:none}}",
			":is(a,.hp){display:none}", ".hp:not(:focus){display:none}", ".hp:required{display:none}", "form>.hp{display:none}", "label~.hp{display:none}", "label+input{display:none}", "[name^=a]{display:none}", `[name="a"]{display:none}`, "[name=A]{display:none}", "*|input{display:none}",
			":bogus,.hp{display:none}", ".hp{display:none}:bogus,.hp{display:block}", ".hp{display:none}:not(.x).hp{display:block}", "form{.hp{display:none}}", "form{& .hp{display:none}}", "form{@media screen{opacity:0}}", ".x{top:0}} .hp{display:none}", "@media screen{.x{top:0};.hp{display:none}}",
			".x{color:rgb(1;}.hp{top:0}", ".x{content:'\n}", ".x{background:url(a b)}", "body{display:none}", "html{opacity:0}", ".a .b .c .d .e form .hp{display:none}.hp{top:0}form form form form form form .hp{left:-9999px}form{opacity:calc(1)}",
			strings.Repeat(".q{top:1px}", 2000) + ".hp{top:0}", strings.Repeat("@media all{", 20) + ".hp{display:none}", "/*" + strings.Repeat("x", 129<<10) + "*/",
		},
	}
}

// do fills in a form with a field that is required, and tells what became of the field.
func do(t *testing.T, page string) string {
	t.Helper()
	_, got := look(t, txtar.File{Data: []byte("want: -\nprofile\n" + page)})
	switch {
	case got == "POST /go a=ada@example.org":
		return "filled"
	case got == "POST /go a=":
		return "empty"
	case strings.HasPrefix(got, `it is not clear whether a person sees the field "`):
		return "unclear"
	}
	return got
}

const fieldOfForm = `<input name=a id=a class="%" type=email required>`

func form(inside string) string {
	return "<form method=post action=/go>" + inside + "<button>Continue</button></form>"
}

// A field is filled only if a person certainly sees it, and is left empty only if nobody does.
func TestStyleElements(t *testing.T) {
	t.Parallel()
	for want, list := range styles() {
		for _, style := range list {
			if got := do(t, "<style>"+style+"</style>"+form(strings.Replace(fieldOfForm, "%", "hp", 1))); got != want {
				t.Errorf("%.200s: %s, want %s", style, got, want)
			}
		}
	}
}

func TestStyleAttributes(t *testing.T) {
	t.Parallel()
	for want, list := range map[string][]string{
		"filled":  {"", "color:red", "opacity:.5", "display:none;display:block", "left:-10px", "/*display:none*/", "background:url(data:image/png;base64,AA==)", "margin:0 auto", "display:inline"},
		"empty":   {"display:none", "DISPLAY: none", "display:/**/none", "opacity:0", "opacity:-1", "opacity:0e1", "left:-99em", "left:-9999px", "inset:-9999px", "translate:-9999px", "transform:translateX(-9999px)", "visibility:hidden", `d\69splay:none`, "display:none;color:red", "display:none!important;display:block"},
		"unclear": {"opacity:0;opacity:bogus", "display:none;display:bogus", "left:9999px", "transform:scale(0)", "clip:rect(0,0,0,0)", "filter:opacity(0)", "color:red}", "{display:none}", "color:'x\n"},
	} {
		for _, style := range list {
			field := strings.Replace(fieldOfForm, "%", `" style="`+style, 1)
			if got := do(t, form(field)); got != want {
				t.Errorf("field, %q: %s, want %s", style, got, want)
			}
			around := form(`<div style="` + style + `">` + fieldOfForm + "</div>")
			if got := do(t, around); got != want {
				t.Errorf("around, %q: %s, want %s", style, got, want)
			}
		}
	}
}

// Style elements count where browsers read them, and fields where these show them.
func TestPlaces(t *testing.T) {
	t.Parallel()
	field := strings.Replace(fieldOfForm, "%", "hp", 1)
	hide := "<style>.hp{display:none}</style>"
	for want, list := range map[string][]string{
		"filled": {
			"<style media=print>.hp{display:none}</style>" + form(field), "<style type=text/less>.hp{display:none}</style>" + form(field),
			"<template>" + hide + "</template>" + form(field), "<noscript>" + hide + "</noscript>" + form(field), form("<details open>" + field + "</details>"), form("<details open name=a>" + field + "</details><details open name=a></details>"), form("<details name=a></details><details open name=b></details><details open name=a>" + field + "</details>"),
			form("<div style=opacity:.5><div style=opacity:.5><div style=opacity:2>" + field + "</div></div></div>"), "<style>div{opacity:.2}form div{opacity:1}</style>" + form("<div><div>"+field+"</div></div>"),
			form("<template><template shadowrootmode=open></template></template>" + field), "<svg><desc>x</desc></svg>" + form(field),
		},
		"empty": {
			form(hide + field), "<svg>" + hide + "</svg>" + form(field), `<style type="text/CSS" media="screen">.hp{display:none}</style>` + form(field),
			hide + "<template><style>.hp{display:block!important}</style></template>" + form(field),
			hide + "<noscript><style>.hp{display:block!important}</style></noscript>" + form(field),
			hide + "<style type=text/less>.hp{display:block!important}</style>" + form(field),
			"<style>.hp{display:none</style><style>}.x{top:0}</style>" + form(field),
			form("<div popover>" + field + "</div>"), form("<audio>" + field + "</audio>"), form("<video>" + field + "</video>"), form("<canvas>" + field + "</canvas>"),
			form("<progress>" + field + "</progress>"), form("<details>" + field + "</details>"), form("<div inert>" + field + "</div>"), form("<div hidden=until-found>" + field + "</div>"),
			"<style>.hp{display:none!important}</style>" + form(strings.Replace(field, "id=a", "style=display:block", 1)),
		},
		"unclear": {
			"<style media='(min-width:1px)'>.hp{display:none}</style>" + form(field), "<style title=other>.hp{display:none}</style>" + form(field),
			form("<div><template shadowrootmode=open><style>:host{display:none}</style><slot></slot></template>" + field + "</div>"), form("<div><template shadowrootmode=closed></template></div>" + field),
			form("<details open name=a><summary>A</summary></details><details open name=a>" + field + "</details>"), form("<details open name=a><details open name=a>" + field + "</details></details>"),
			form("<svg><desc>" + field + "</desc></svg>"), form("<svg><defs><foreignObject width=9 height=9>" + field + "</foreignObject></defs></svg>"), form("<svg><title>" + field + "</title></svg>"),
			form("<math><semantics><mi>x</mi><annotation-xml encoding=text/html>" + field + "</annotation-xml></semantics></math>"),
			form("<div style=opacity:.2><div style=opacity:20%><div style=opacity:.2>" + field + "</div></div></div>"), form("<div style=opacity:.3><div style=opacity:inherit>" + field + "</div></div>"),
			"<style>@supports (a:b){div{opacity:.2}}</style>" + form("<div><div>"+field+"</div></div>"),
			form("<object>" + field + "</object>"), form("<div aria-hidden=true>" + field + "</div>"),
			"<style>.x{display:none}</style>" + form(strings.Replace(fieldOfForm, "%", strings.Repeat("y ", 40)+"x", 1)),
		},
	} {
		for _, page := range list {
			if got := do(t, page); got != want {
				t.Errorf("%s: %s, want %s", page, got, want)
			}
		}
	}
}
