package portal_test

import (
	"net/url"
	"strings"
	"testing"

	"hotspot-helper/portal"
)

// FuzzPage: no page makes Forms, Controls or Entries panic, or return more than it has tags.
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

// FuzzResolve: a resolved reference is http or https, has a host and no user, and does not
// change when it is resolved again.
func FuzzResolve(f *testing.F) {
	for _, seed := range []string{
		"/x?y#z", `\\b.test\x`, "http://ada:pw@b.test:80/%zz", "http://[fe80::1%25eth0]/", "http://[fe80::1%25et\x900]/", "javascript:x", "http:x",
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

// FuzzParamHost: a parameter adds at most one host, never a forbidden one, and never one
// that may get a secret.
func FuzzParamHost(f *testing.F) {
	for _, seed := range []string{
		"sip=10.1.1.1", "sip=http://10.1.1.1:8000/x", "sip=[::1]:80", "sip=127.1", "sip=//localhost", "sip=@b.test", "sip=b.test%00.a.test",
		"sip=b.test;sip=a.test", "&&sip", "sip=%zz&sip=a.test", "sip=ada:pw@localhost.:631", "sip=::ffff:169.254.169.254", "sip=0x7f.1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		start := &url.URL{Scheme: "http", Host: "venue.test", Path: "/", RawQuery: query}
		reach, err := portal.NewHostList(portal.Config{Hosts: []string{"@param:sip"}, Start: start})
		if err != nil {
			t.Fatal(err)
		}
		reached := 0
		for _, host := range []string{"10.1.1.1", "a.test", "b.test", "venue.test", "127.0.0.1", "[::1]", "localhost", "169.254.169.254", "0.0.0.0"} {
			named, err := reach.Check("http://" + host + "/")
			if err == nil {
				reached++
			}
			if unfit := !strings.HasSuffix(host, ".test") && host != "10.1.1.1"; named || unfit && err == nil {
				t.Errorf("%q: %s is reached, named %v, %v", query, host, named, err)
			}
		}
		if reached > 1 {
			t.Errorf("%q names %d hosts", query, reached)
		}
	})
}
