package portal_test

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/portal"
)

// page returns a page of the body at a fixed URL.
func page(t *testing.T, body string) *portal.Page {
	t.Helper()
	u, err := url.Parse("https://a.test/dir/page?x=1#frag")
	if err != nil {
		t.Fatal(err)
	}
	return &portal.Page{URL: u, Status: 200, Body: body}
}

// pairs returns entries as name=value, and name as a file.
func pairs(entries []portal.Entry) []string {
	var out []string
	for _, entry := range entries {
		if entry.File {
			out = append(out, entry.Name+" (file)"+entry.Value.Reveal())
			continue
		}
		out = append(out, entry.Name+"="+entry.Value.Reveal())
	}
	return out
}

// After "constructing the entry list" and the parts of HTML that it refers to.
func TestEntries(t *testing.T) {
	for _, test := range []struct {
		name, body, button string
		want               []string
	}{
		{"order of the page", `<form><input name=b value=1><input name=a value=2></form>`, "", []string{"b=1", "a=2"}},
		{"repeated names", `<form><input name=a value=1><input name=a value=2></form>`, "", []string{"a=1", "a=2"}},
		{"upper case", `<FORM><INPUT TYPE="HIDDEN" NAME="Challenge" VALUE="X"></FORM>`, "", []string{"Challenge=X"}},
		{"no name, empty name", `<form><input value=1><input name="" value=2></form>`, "", nil},
		{"no value", `<form><input name=a></form>`, "", []string{"a="}},
		{"entities", `<form><input name=a value="&lt;&amp;&#233;"></form>`, "", []string{"a=<&é"}},
		{"disabled", `<form><input name=a disabled><select name=b disabled><option>1</select><textarea name=c disabled></textarea></form>`, "", nil},
		{"unknown type is text", "<form><input type=bogus name=a value='x\ny'></form>", "", []string{"a=xy"}},
		{"text loses newlines, hidden keeps them", "<form><input name=a value='x\r\ny'><input type=hidden name=b value='x\ny'></form>", "", []string{"a=xy", "b=x\ny"}},
		{"url and email are trimmed", "<form><input type=url name=a value=' x\n'><input type=email name=b value=' y '></form>", "", []string{"a=x", "b=y"}},
		{"checkbox", `<form><input type=checkbox name=a><input type=checkbox name=b checked><input type=checkbox name=c value=1 checked=""><input type=checkbox name=d value="" checked></form>`, "", []string{"b=on", "c=1", "d="}},
		{"radio", `<form><input type=radio name=a value=1><input type=radio name=a value=2 checked></form>`, "", []string{"a=2"}},
		{"radio checked twice", `<form><input type=radio name=a value=1 checked><input type=radio name=a value=2 checked><input type=radio name=b checked></form>`, "", []string{"a=2", "b=on"}},
		{"fieldset", `<form><fieldset disabled><input name=a><div><input name=b></div></fieldset><fieldset><input name=c></fieldset></form>`, "", []string{"c="}},
		{"first legend", `<form><fieldset disabled><legend><input name=a></legend><legend><input name=b></legend></fieldset></form>`, "", []string{"a="}},
		{"nested fieldsets", `<form><fieldset disabled><fieldset><legend><input name=a></legend></fieldset></fieldset></form>`, "", nil},
		{"legend of an inner disabled fieldset", `<form><fieldset disabled><legend><fieldset disabled><legend><input name=a></legend><input name=b></fieldset></legend></fieldset></form>`, "", []string{"a="}},
		{"datalist", `<form><datalist><input name=a><option value=1></datalist><input name=b></form>`, "", []string{"b="}},
		{"select shows the first", `<form><select name=a><option value=1>One<option value=2>Two</select></form>`, "", []string{"a=1"}},
		{"select shows the first enabled", `<form><select name=a><option disabled>0<option value=1></select></form>`, "", []string{"a=1"}},
		{"select with a choice", `<form><select name=a><option>1<option selected>2<option>3</select></form>`, "", []string{"a=2"}},
		{"select with two choices", `<form><select name=a><option selected>1<option selected>2</select></form>`, "", []string{"a=2"}},
		{"select with a disabled choice", `<form><select name=a><option selected disabled>1<option>2</select></form>`, "", nil},
		{"select without options", `<form><select name=a></select></form>`, "", nil},
		{"list box shows none", `<form><select name=a size=3><option>1</select></form>`, "", nil},
		{"size that is no list box", `<form><select name=a size=1><option>1</select><select name=b size=x><option>2</select></form>`, "", []string{"a=1", "b=2"}},
		{"multiple", `<form><select name=a multiple><option selected>1<option>2<option selected>3</select><select name=b multiple><option>1</select></form>`, "", []string{"a=1", "a=3"}},
		{"optgroup", `<form><select name=a><optgroup disabled><option>1</optgroup><optgroup><option>2</optgroup></select></form>`, "", []string{"a=2"}},
		{"option text", "<form><select name=a><option>  one \n two<script>x</script> </select></form>", "", []string{"a=one two"}},
		{"option with an empty value", `<form><select name=a><option value="">choose</select></form>`, "", []string{"a="}},
		{"textarea", "<form><textarea name=a>\n x\ny </textarea></form>", "", []string{"a= x\ny "}},
		{"textarea without text", `<form><textarea name=a value=x></textarea></form>`, "", []string{"a="}},
		{"file", `<form><input type=file name=a value=x></form>`, "", []string{"a (file)"}},
		{"_charset_", `<form><input type=hidden name=_charset_ value=x><input type=hidden name=_CHARSET_><input name=_charset_></form>`, "", []string{"_charset_=utf-8", "_CHARSET_=utf-8", "_charset_="}},
		{"dirname is ignored", `<form><input name=a dirname=d></form>`, "", []string{"a="}},
		{"default button", `<form><input type=button name=x><input type=reset name=y><button type=button name=z></button><input type=submit name=a value=1><input type=submit name=b value=2></form>`, "", []string{"a=1"}},
		{"button without type", `<form><button name=a value=1>Go</button></form>`, "", []string{"a=1"}},
		{"button of a bogus type", `<form><button type=bogus name=a value=1>Go</button></form>`, "", []string{"a=1"}},
		{"button without value", `<form><button name=a>Go</button></form>`, "", []string{"a="}},
		{"button without name", `<form><input name=a><button value=1>Go</button></form>`, "", []string{"a="}},
		{"default button is the first enabled", `<form><button name=a disabled></button><button name=b></button></form>`, "", []string{"b="}},
		{"no enabled button", `<form><button name=a disabled></button><input name=b></form>`, "", []string{"b="}},
		{"chosen button", `<form><button name=a></button><button name=b id=second></button></form>`, "#second", []string{"b="}},
		{"chosen button that is disabled", `<form><button name=a disabled></button></form>`, "[name=a]", []string{"a="}},
		{"chosen input", `<form><button name=a></button><input type=submit name=b value=2></form>`, "input[type=submit]", []string{"b=2"}},
		{"image button", `<form><input type=image name=a value=1></form>`, "", []string{"a.x=0", "a.y=0"}},
		{"image button without name", `<form><input type=image></form>`, "", []string{"x=0", "y=0"}},
		{"image button left alone", `<form><button></button><input type=image name=a></form>`, "", nil},
		{"form attribute", `<input name=a form=f><form id=f><input name=b></form><input name=c form=f>`, "", []string{"a=", "b=", "c="}},
		{"form attribute names another", `<form id=f><input name=a form=g><input name=b form=><input name=c form=none></form><form id=g></form>`, "", nil},
		{"form attribute names what is no form", `<div id=f></div><form id=f><input name=a form=f><input name=b></form>`, "", []string{"b="}},
		{"form in a table", `<table><form><tr><td><input name=a><tr><td><input name=b></table>`, "", []string{"a=", "b="}},
		{"form in a row", `<table><tr><form><td><input name=a></td></form><td><input name=b></table>`, "", []string{"a="}},
		{"hidden in a table", `<table><form><input type=hidden name=a><tr><td><input type=submit name=b value=1></table>`, "", []string{"a=", "b=1"}},
		{"form closed by a block", `<div><form></div><input name=a></form><input name=b>`, "", []string{"a="}},
		{"form closed in a block", `<form><div></form><input name=a></div>`, "", []string{"a="}},
		{"nested forms are one", `<form><input name=a><form><input name=b></form><input name=c>`, "", []string{"a=", "b="}},
		{"equal controls of two forms in tables", `<table><form><tr><td><input name=a></td></tr></form></table><table><form><tr><td><input name=a></td></tr></form></table>`, "", []string{"a="}},
		{"repeated attributes", `<table><form><tr><td><input name=a name=b></table>`, "", []string{"a="}},
		{"template", `<template><form><input name=x></form></template><form><template><input name=y></template><input name=a></form>`, "", []string{"a="}},
		{"noscript", `<noscript><form><input name=a></form></noscript>`, "", []string{"a="}},
		{"noscript in a table form", `<table><form><noscript><input name=a></noscript><tr><td><input name=b></table>`, "", []string{"a=", "b="}},
		{"comment", `<form><!-- <input name=x> --><input name=a></form>`, "", []string{"a="}},
		{"script", `<form><script>document.write('<input name=x>')</script><input name=a></form>`, "", []string{"a="}},
		{"svg", `<form><svg><input name=x></svg><input name=a></form>`, "", []string{"a="}},
		{"unclosed", `<form><input name=a><select name=b><option value=1`, "", []string{"a="}},
	} {
		t.Run(test.name, func(t *testing.T) {
			forms := page(t, test.body).Forms()
			if len(forms) == 0 {
				t.Fatal("no form")
			}
			entries, err := forms[0].Entries(test.button)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, pairs(entries)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEntriesButtonMistakes(t *testing.T) {
	form := page(t, `<button id=out></button><form><button></button><button></button><input name=a></form>`).Forms()[0]
	for selector, want := range map[string]string{
		"button":   "find button: selector matches 2 submit buttons of the form",
		"#out":     "find button: selector matches 0 submit buttons of the form",
		"input":    "find button: selector matches 0 submit buttons of the form",
		"button[[": "parse button selector: ",
	} {
		if _, err := form.Entries(selector); err == nil || len(err.Error()) < len(want) || err.Error()[:len(want)] != want {
			t.Errorf("button %q: %v, want %q", selector, err, want)
		}
	}
}
