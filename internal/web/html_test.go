package web

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// treeSize counts the nodes and attributes of a tree, and how deep it is.
func treeSize(n *html.Node, depth int) (units, deepest int) {
	units, deepest = 1+len(n.Attr), depth
	for child := range n.ChildNodes() {
		below, bottom := treeSize(child, depth+1)
		units, deepest = units+below, max(deepest, bottom)
	}
	return units, deepest
}

// formattingBomb is a page each paragraph of which the parser fills with 495 copies.
func formattingBomb(size int) string {
	var page strings.Builder
	page.WriteString("<p>")
	for i := range 495 {
		fmt.Fprintf(&page, "<b a=%d>", i)
	}
	page.WriteString("</p>")
	return page.String() + strings.Repeat("<p>x", (size-page.Len())/4)
}

// A page may be small in bytes and great in work: each of these is refused before its tree takes memory.
func TestParseHTMLRefusesBombs(t *testing.T) {
	repeat := func(prefix, unit string, size int) string {
		return prefix + strings.Repeat(unit, (size-len(prefix))/len(unit))
	}
	bombs := map[string]func(size int) string{
		"formatting elements": formattingBomb,
		"formatting elements behind ignored end tags": func(size int) string {
			return formattingBomb(6<<10) + "<table>" + strings.Repeat("</b>", 495) + "</table>" + repeat("", "<p>x", size-9<<10)
		},
		"formatting elements behind an object": func(size int) string {
			return strings.Replace(formattingBomb(size), "</p>", "<object>"+strings.Repeat("</b>", 495)+"</object></p>", 1)
		},
		"table cells": func(size int) string { return repeat(formattingBomb(5<<10)+"<table>", "<tr>x", size) },
		"attributes of formatting elements": func(size int) string {
			return repeat("<p><b "+strings.Repeat("a ", 4000)+">", "<p>x", size)
		},
		"attributes of the body": func(size int) string {
			var page strings.Builder
			for i := 0; page.Len() < size; i++ {
				fmt.Fprintf(&page, "<body a%d>", i)
			}
			return page.String()
		},
		"tags":     func(size int) string { return repeat("", "<p>", size) },
		"adoption": func(size int) string { return repeat("", "<a><i><b><u><div>", size) },
		"links":    func(size int) string { return repeat("", "<a><div>x", size) },
		"links that stay open": func(size int) string {
			var links strings.Builder
			for i := range 200 {
				fmt.Fprintf(&links, "<a x=%d><!--</a>-->%s<a>%s", i, strings.Repeat("<div>", 9), strings.Repeat("</div>", 9))
			}
			return repeat("<div>"+links.String()+"</div>", "<p>x", size)
		},
		"links that seem to be closed": func(size int) string {
			var links strings.Builder
			for i := range 200 {
				fmt.Fprintf(&links, `<a x=%d></! ">%s<a></!">%s</a>`, i, strings.Repeat("<div>", 9), strings.Repeat("</div>", 9))
			}
			return repeat("<div>"+links.String()+"</div>", "<p>x", size)
		},
		"nested":         func(size int) string { return repeat("", "<div>x", size) },
		"nested forms":   func(size int) string { return repeat("", "<form><div></form>", size) },
		"noscript twice": func(size int) string { return "<noscript><noscript>" + formattingBomb(size) },
		"math":           func(size int) string { return "<math><style>" + formattingBomb(size) },
		"svg":            func(size int) string { return "<svg><desc><span></svg>" + formattingBomb(size) },
		"CDATA in svg":   func(size int) string { return `<svg><![CDATA[ ><x y="]]></svg>` + formattingBomb(size) },
		"title in svg":   func(size int) string { return "<svg><title></b></title></svg>" + formattingBomb(size) },
	}
	for name, bomb := range bombs {
		for _, size := range []int{64 << 10, 1 << 20} {
			if name == "tags" && size < 1<<20 {
				continue // 22,000 nodes are many, but no bomb
			}
			t.Run(fmt.Sprintf("%s, %d KiB", name, size>>10), func(t *testing.T) {
				page := bomb(size)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				root, err := ParseHTML(page)
				runtime.ReadMemStats(&after)
				if !errors.Is(err, ErrTooComplex) {
					units, deep := treeSize(root, 0)
					t.Errorf("%d bytes were parsed into %d units, %d deep: %v", len(page), units, deep, err)
				}
				if root == nil || root.FirstChild != nil {
					t.Error("want an empty tree")
				}
				if took := after.TotalAlloc - before.TotalAlloc; took > 16<<20 {
					t.Errorf("took %d bytes", took)
				}
			})
		}
	}
}

// ordinaryPage is a page as hotspots' owners have them made, with all that costs more.
func ordinaryPage(size int) string {
	const head = `<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>WiFi</title><style>a>b{}</style>
<noscript><meta http-equiv=refresh content="0;url=/nojs"></noscript><script>if (a < b) { c("<b>") }</script></head><body class="x y">`
	const part = `<nav class="menu top"><ul><li class="item"><a class="link" href="/a?b=1&amp;c=2" title="Go there">Home <b>now</b></a>
<li class="item"><a class="link" href="/b"><svg class="icon" viewBox="0 0 1 1"><title>Icon</title><g><path d="M0 0L1 1"/><use xlink:href="#x"></use></g></svg> Offers</a></li></ul></nav>
<p>Welcome to <strong>our <em>hotel</em></strong>. <font color=red><b>Breakfast</font></b> is served from 7 to 10.<br><i>Enjoy!</i>
<div class="card"><a class="card" href="/c"><div class="title"><p>One</p></div><div><span>two</span></div></a></div>
<table border=0><tr><td><font face=Arial size=2>Room <b>12</b><td><font face=Arial><a href="/d">more</a></font></table>
<form method=post action="/login"><label>PIN <input type=password name=pin class="field wide" placeholder="PIN of your room"></label>
<select name=lang><option>en<option selected>de</select><button class="button big">Go <small>online</small></button></form>
<!-- a comment with <b> in it --><p>Some text that says nothing much, but is there for the reader, who has time while the train is late.</p>
`
	return head + strings.Repeat(part, max(1, size/len(part))) + "</body></html>"
}

// Letters that are longer in lower case, and bytes that are none, end no name early.
func TestParseHTMLReadsOddNames(t *testing.T) {
	for _, page := range []string{"<a></a\u0130", "<a></a\u0130>", "<A></A\xfa", "<a><b\u0130>"} {
		if _, err := ParseHTML(page); err != nil {
			t.Errorf("%q: %v", page, err)
		}
	}
}

// Each end tag makes the parser search the whole stack of open elements.
func TestParseHTMLBoundsTags(t *testing.T) {
	nested := strings.Repeat("<span>", 480)
	if _, err := ParseHTML(nested + strings.Repeat("</h1>", maxTags-480)); err != nil {
		t.Error(err)
	}
	if _, err := ParseHTML(nested + strings.Repeat("</h1>", maxTags)); !errors.Is(err, ErrTooComplex) {
		t.Errorf("error %v", err)
	}
}

func TestParseHTMLAcceptsOrdinaryPages(t *testing.T) {
	for _, size := range []int{2 << 10, 16 << 10, 64 << 10} {
		page := ordinaryPage(size)
		root, err := ParseHTML(page)
		if err != nil {
			t.Errorf("%d bytes: %v", len(page), err)
			continue
		}
		units, deep := treeSize(root, 0)
		t.Logf("%d bytes: %d units, %d deep", len(page), units, deep)
	}
}

// fragments are what random pages are made of: all that the tree builder treats in a way of its own.
func fragments() []string {
	list := []string{
		"x", " ", "<!-- c -->", "<br>", "</br>", "<img a b c>", "<input>", "<hr>", "<image>", "<![CDATA[ > ]]>", `<a b="`, `">`, "'", "<svg/>", "<path/>",
		"<b a=1>", "<b a=2>", "<b a=3 b c d>", "<a href=x class=y>", "<font color=x>", "<body a b>", "<html c d=e>", "</svg>", "<style>", "</style>",
		"<b a=4>x</b>", "<i></i>", "<a b>x</a>", "<!--<b>x-->", "<!--<b>--></b>", `<u a="<b>"></b>`, "<nobr>x</nobr>", "<select><b></select></b>",
	}
	for _, tag := range []string{
		"a", "b", "i", "u", "font", "nobr", "code", "p", "div", "li", "ul", "dd", "dl", "h1", "h2", "form", "button", "select", "option", "optgroup",
		"table", "tbody", "tr", "td", "th", "caption", "colgroup", "col", "object", "marquee", "applet", "template", "svg", "math", "g", "title", "desc", "mi",
		"foreignObject", "annotation-xml", "noscript", "head", "body", "html", "frameset", "frame", "textarea", "script", "span", "ruby", "rt", "rp",
		"pre", "xmp", "iframe", "search", "dialog", "center", "address", "fieldset", "plaintext", "noframes", "unknown",
	} {
		list = append(list, "<"+tag+">", "<"+tag+">", "</"+tag+">")
	}
	return list
}

// The cost that is calculated is never below what a tree has, however the page is made.
func TestTreeCostIsAnUpperBound(t *testing.T) {
	pages := 50_000
	if testing.Short() {
		pages = 5_000
	}
	random := rand.New(rand.NewPCG(1, 2))
	list := fragments()
	for range pages {
		var page strings.Builder
		few := make([]string, 2+random.IntN(12)) // a page of few kinds repeats them
		for i := range few {
			few[i] = list[random.IntN(len(list))]
		}
		for range 1 + random.IntN(400) {
			if random.IntN(10) == 0 {
				page.WriteString(list[random.IntN(len(list))])
			} else {
				page.WriteString(few[random.IntN(len(few))])
			}
		}
		checkBounds(t, page.String())
	}
}

func checkBounds(t *testing.T, page string) {
	t.Helper()
	root, err := html.ParseWithOptions(strings.NewReader(page), html.ParseOptionEnableScripting(false))
	if err != nil {
		return
	}
	units, deep := treeSize(root, 0)
	if deep > 2*512 {
		t.Errorf("%d deep: %q", deep, page)
	}
	// Attributes of elements that are not copied count with the bytes of the page: each follows a space, a slash or a quote.
	most := 8
	for i := range page {
		if isSpace(page[i]) || strings.IndexByte("/=\"'", page[i]) >= 0 {
			most++
		}
	}
	bound := treeBound{seen: map[string]int{}}
	for i := range page {
		if page[i] == '<' {
			bound.add(page[i+1:])
		}
	}
	if most += bound.units(); !bound.excessive && units > most {
		t.Fatalf("bound %d, but %d units: %q", most, units, page)
	}
}

// FuzzParseHTML: no page costs more than is calculated, or more than the budget.
func FuzzParseHTML(f *testing.F) {
	f.Add("<p><b a=1><b a=2></p><p>x<table><td></b><svg><title>x</title></svg></table><a><div><a>")
	f.Add("<noscript><table><form><input></table></noscript><select><b></select></b>")
	f.Add("<d\ra\nb\fc\td/e\"f'g>")
	f.Fuzz(func(t *testing.T, page string) {
		if len(page) > 4<<10 {
			return
		}
		checkBounds(t, page)
		if _, err := ParseHTML(page); err != nil && !errors.Is(err, ErrTooComplex) {
			t.Error(err)
		}
	})
}

func BenchmarkParseHTML(b *testing.B) {
	for _, size := range []int{3 << 10, 64 << 10} {
		page := ordinaryPage(size)
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(page)))
			for b.Loop() {
				if _, err := ParseHTML(page); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("%dKiB/budget", size>>10), func(b *testing.B) {
			for b.Loop() {
				TreeCost(page)
			}
		})
	}
}
