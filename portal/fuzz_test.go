package portal_test

import (
	"net/url"
	"strings"
	"testing"

	"hotspot-helper/portal"
)

// A page of any bytes has forms and entries without panic, and not more of them than bytes.
func FuzzPage(f *testing.F) {
	for _, seed := range []string{
		`<form action=go><input name=a><select name=b><optgroup><option selected>1</select><textarea name=c>` + "\n" + `x</textarea></form>`,
		`<table><form><tr><td><input name=a form=x><button>`, `<template><form><input></template></form>`,
		`<meta http-equiv=refresh content="0;url=//b.test"><base href="http://c.test/">`,
		`<noscript><form></noscript><input>`, `<svg><form><input></svg><form>`, `<select><form><input></select>`,
		`<fieldset disabled><legend><input></fieldset>`, `<label for=a><input id=a type=image>`, "<plaintext><form>", "<form\x00a=b><input \x00>",
	} {
		f.Add(seed)
	}
	u := &url.URL{Scheme: "http", Host: "a.test", Path: "/"}
	f.Fuzz(func(t *testing.T, body string) {
		p := &portal.Page{URL: u, Body: body}
		p.Refresh()
		controls := 0
		for _, form := range p.Forms() {
			controls += len(form.Controls())
			entries, err := form.Entries("")
			if err != nil {
				t.Fatal(err)
			}
			for _, entry := range entries {
				if entry.Value.IsSecret() || entry.Name == "" {
					t.Errorf("entry %+v", entry)
				}
			}
		}
		if tags := strings.Count(body, "<"); controls > tags {
			t.Errorf("%d controls of %d tags", controls, tags)
		}
	})
}

// Whatever a page refers to, what comes of it is http or https, has a host and no user,
// and comes out the same when it is resolved again.
func FuzzResolve(f *testing.F) {
	for _, seed := range []string{
		"/x?y#z", `\\b.test\x`, "http://ada:pw@b.test:80/%zz", "http://[fe80::1%25eth0]/", "javascript:x", "http:x",
		"//ｅｖｉｌ／.test", "http://0x7f.1/", "http://xn--a/", "?%", "http://a.test:port/", "http://b.test../", "\\\\0\x80",
	} {
		f.Add(seed)
	}
	base := &url.URL{Scheme: "https", Host: "a.test", Path: "/dir/"}
	f.Fuzz(func(t *testing.T, ref string) {
		u, err := (&portal.Page{URL: base}).Resolve(ref)
		if err != nil {
			return
		}
		if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || len(u.String()) > portal.MaxURL {
			t.Fatalf("Resolve(%q) = %q", ref, u)
		}
		again, err := (&portal.Page{URL: base}).Resolve(u.String())
		if err != nil || again.String() != u.String() {
			t.Errorf("Resolve(%q) = %q, and that is %q, %v", ref, u, again, err)
		}
	})
}
