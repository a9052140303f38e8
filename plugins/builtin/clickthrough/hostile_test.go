package clickthrough

import (
	"context"
	"errors"
	"fmt"
	"net/url"
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
		"text":           fill("", "I accept the terms of use and agree, do not decline "),
		"text in Han":    fill("", "同意しない利用規約"),
		"accents":        fill("", "é̀́̂̃"),
		"boxes":          fill("<form>", "<input type=checkbox name=a>I accept the terms "),
		"boxes, no text": fill("<form>", "<input type=checkbox>"),
		"buttons":        fill("<form>", "<button>Continue</button>"),
		"forms":          fill("", "<form><button>Go</button></form>"),
		"links":          fill("", "<a href=/x>Continue</a>"),
		"one label":      fill("<form><label>"+strings.Repeat("accept ", 1000), "<input type=checkbox>"),
		"labels":         fill("<form><input type=checkbox id=a>", "<label for=a>accept</label>"),
		"labelled by":    fill("<form><p id=a>"+strings.Repeat("accept ", 1000)+"</p>", "<input type=checkbox aria-labelledby='a a a'>"),
		"radios":         fill("<form>", "<input type=radio name=a>yes"),
		"radio groups":   fill("<form>", "<input type=radio name=a><input type=radio name=b><input type=radio name=c>"),
		"fields":         fill("<form>", "<input>name "),
		"images":         fill("", "<img alt=a>"),
		"options":        fill("<form><select>", "<option>a"),
		"nested":         fill("", "<div>"),
		"handlers":       fill("<form>", "<button onclick='a.b.value=1;this.form.submit()'>Go</button>"),
		"long handler":   "<form><button onclick='" + fill("", "a.b.value=1;") + "'>Go</button></form>",
		"calls":          "<script>" + functions.String() + "</script><form><button onclick='f0()'>Go</button></form>",
		"numbers":        fill("", "1.1,1'"),
	}
}

// The worst page costs less than the budget, or is given up with a reason.
func TestWorkIsBounded(t *testing.T) {
	t.Parallel()
	for name, body := range hostilePages() {
		_, err := Find(t.Context(), &portal.Page{URL: &url.URL{Scheme: "http", Host: "a.test", Path: "/"}, Body: body}, Visitor{Profile: Profile{Name: "Ada"}})
		if err == nil && name != "long handler" && name != "calls" {
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
				_, _ = Find(b.Context(), &portal.Page{URL: &url.URL{Scheme: "http", Host: "a.test", Path: "/"}, Body: body}, Visitor{})
			}
		})
	}
}
