package clickthrough

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"hotspot-helper/internal/web"
	"hotspot-helper/portal"
)

// hostilePages are 64 KB each, as a probe keeps them.
func hostilePages() map[string]string {
	const size = 64 << 10
	fill := func(head, part string) string { return head + strings.Repeat(part, (size-len(head))/len(part)) }
	var functions strings.Builder
	for i := range 200 {
		fmt.Fprintf(&functions, "function f%d(){f%d();f%d();f%d()}", i, i+1, i+1, i+1)
	}
	return map[string]string{
		"text":                  fill("", "I accept the terms of use and agree, do not decline "),
		"text in Han":           fill("", "同意しない利用規約"),
		"accents":               fill("", "é̀́̂̃"),
		"boxes":                 fill("<form>", "<input type=checkbox name=a>I accept the terms "),
		"boxes, no text":        fill("<form>", "<input type=checkbox>"),
		"buttons":               fill("<form>", "<button>Continue</button>"),
		"forms":                 fill("", "<form><button>Go</button></form>"),
		"links":                 fill("", "<a href=/x>Continue</a>"),
		"one label":             fill("<form><label>"+strings.Repeat("accept ", 1000), "<input type=checkbox>"),
		"labels":                fill("<form><input type=checkbox id=a>", "<label for=a>accept</label>"),
		"labelled by":           fill("<form><p id=a>"+strings.Repeat("accept ", 1000)+"</p>", "<input type=checkbox aria-labelledby='a a a'>"),
		"radios":                fill("<form>", "<input type=radio name=a>yes"),
		"radio groups":          fill("<form>", "<input type=radio name=a><input type=radio name=b><input type=radio name=c>"),
		"fields":                fill("<form>", "<input>name "),
		"images":                fill("", "<img alt=a>"),
		"options":               fill("<form><select>", "<option>a"),
		"nested":                fill("", "<div>"),
		"handlers":              fill("<form>", "<button onclick='a.b.value=1;this.form.submit()'>Go</button>"),
		"long handler":          "<form><button onclick='" + fill("", "a.b.value=1;") + "'>Go</button></form>",
		"calls":                 "<script>" + functions.String() + "</script><form><button onclick='f0()'>Go</button></form>",
		"sheet, rules":          "<style>" + strings.Repeat("input,.a,#a,*{top:1px}", 1500) + "</style><form><button>Go</button>" + strings.Repeat("name <input class=a id=a required> ", 390),
		"sheet, deep rules":     "<style>" + strings.Repeat(strings.Repeat(".a ", 100)+"input{top:1px}", 80) + "</style>" + strings.Repeat("<div class='a "+strings.Repeat("b ", 30)+"'>", 200) + "<form><button>Go</button>" + strings.Repeat("name <input name=n required> ", 300),
		"sheet, many selectors": "<style>" + strings.Repeat("a,", 30000) + "b{top:1px}</style><form>name <input name=n required><button>Go</button></form>",
		"sheet, open blocks":    "<style>" + fill("", "a{") + "</style><form>name <input name=n required><button>Go</button></form>",
		"sheet, open comments":  "<style>" + fill("", "/*") + "</style><form>name <input name=n required><button>Go</button></form>",
		"sheet, long selector":  "<style>" + strings.Repeat(".x", 20000) + ".z .y{opacity:1}</style>" + strings.Repeat("<div class='a b c d e f g h i j k l m n o p q r s x'>", 300) + "<form>" + strings.Repeat("<input class=y style=opacity:0 name=e required>", 100) + "<button>Go</button>",
		"sheet, declarations":   "<style>" + strings.Repeat(".a,.b,.c,.d,.e,.f,.g,.h,.i,.j,input,", 64) + "p{" + strings.Repeat("top:1;", 9000) + "}</style><form>" + strings.Repeat("<input class='a b c d e f g h i j' name=e required>", 50) + "<button>Go</button>",
		"sheet, classes":        "<style>" + strings.Repeat(".a.b.c.d.e.f.g.h .y{top:1px}", 1000) + "</style>" + strings.Repeat("<div class='i j k l m n o p q r s t u v w x i j k l m n o p q r s t u v w'>", 250) + "<form>name <input class=y name=e required><button>Go</button>",
		"sheet, attributes":     "<style>" + strings.Repeat("[a][b][c][d] input{top:1px}", 1500) + "</style>" + strings.Repeat("<p a b c x1 x2 x3 x4 x5 x6 x7 x8>", 200) + "<form>name <input name=e required><button>Go</button>",
		"sheet, properties":     "<style>" + strings.Repeat("input{top:1;left:1;right:1;bottom:1;display:block;opacity:1;margin:0;inset:0}", 700) + "</style><form>name <input name=e required><button>Go</button>",
		"sheet, nested":         "<style>" + fill("", "a{b:c(") + "</style><form>name <input name=n required><button>Go</button></form>",
		"sheet, at-rules":       "<style>" + strings.Repeat("a,", 12000) + "b{" + strings.Repeat("@x{}", 9000) + "}</style><form>name <input name=n required><button>Go</button></form>",
		"styles":                fill("", "<i style='top:1;left:1'>a</i>"),
		"frames":                fill("", "<iframe srcdoc='<b><table>'></iframe>"),
		"one frame":             `<iframe srcdoc="` + fill("", "<font color=a><p>") + `"></iframe>`,
		"hidden prices":         fill("<style>p{top:1px}</style>", "<p hidden>5 EUR"),
		"sheet, details":        "<form>" + strings.Repeat("<details open name=a>", 200) + strings.Repeat("name <input name=n required>", 390) + "<button>Go</button>",
		"documents":             fill("<p a='", "data:text/html,x "),
		"documents in a style":  "<p style='" + strings.Repeat("a:url(data:text/html,x);", 2600) + "'>",
		"numbered items":        fill("<ol reversed>", "<li>"),
		"nested numbered items": fill("<ol reversed>", "<li><ol reversed>"),
		"attributes":            "<p" + manyAttributes(11_000) + ">",
		"numbers":               fill("", "1.1,1'"),
	}
}

// The worst page costs less than the budget, or is given up with a reason.
func TestWorkIsBounded(t *testing.T) {
	t.Parallel()
	for name, body := range hostilePages() {
		_, err := Find(t.Context(), &portal.Page{URL: &url.URL{Scheme: "http", Host: "a.test", Path: "/"}, Body: body}, Visitor{Profile: Profile{Name: "Ada"}})
		if err == nil && name != "long handler" && name != "calls" && !strings.HasPrefix(name, "sheet") {
			t.Errorf("%s: a way forward", name)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	_, err := Find(ended, &portal.Page{URL: &url.URL{Scheme: "http", Host: "a.test", Path: "/"}, Body: hostilePages()["text"]}, Visitor{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %v", err)
	}
	_, err = Find(t.Context(), &portal.Page{URL: &url.URL{Scheme: "http", Host: "a.test", Path: "/"}, Body: strings.Repeat("word ", 20_000)}, Visitor{})
	if !errors.Is(err, web.ErrTooMuchWork) {
		t.Errorf("a page of 100 KB: %v", err)
	}
}

// BenchmarkHostile finds nothing on the worst pages; a claim may take 50 ms.
func BenchmarkHostile(b *testing.B) {
	for name, body := range hostilePages() {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			for b.Loop() {
				_, _ = Find(b.Context(), &portal.Page{URL: &url.URL{Scheme: "http", Host: "a.test", Path: "/"}, Body: body}, Visitor{Profile: Profile{Name: "Ada"}})
			}
		})
	}
}

// manyAttributes returns so many attributes of one element.
func manyAttributes(count int) string {
	var all strings.Builder
	for i := range count {
		all.WriteString(" a" + strconv.FormatInt(int64(i), 36) + "=1")
	}
	return all.String()
}
