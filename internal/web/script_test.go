package web

import "testing"

func TestScriptRedirect(t *testing.T) {
	tests := []struct {
		name, script, want string
	}{
		{"location", `location = "/l"`, "/l"},
		{"location.href", `location.href="/l";`, "/l"},
		{"window.location", `window.location = '/l'`, "/l"},
		{"chain of windows", `window.top.parent.self.document.location.href = "/l"`, "/l"},
		{"replace", `location.replace("/l")`, "/l"},
		{"assign", `document.location.assign('/l');`, "/l"},
		{"HTML comment around", "<!--\nlocation.href = '/l';\n//-->", "/l"},
		{"after other statements", `var a = 1; f(a); location.href = "/l"; g()`, "/l"},
		{"on a line of its own", "f()\nlocation.href = '/l'\ng()", "/l"},
		{"after a regular expression", `var r = /["']/; location.href = "/l"`, "/l"},
		{"after a division", `var r = a / b; location.href = "/l"`, "/l"},
		{"after a function", `function f() { return "x" } location.href = "/l"`, "/l"},
		{"last of two", `location.href = "/a"; location.href = "/b"`, "/b"},
		{"added up", `location.href = "/l" + '?a=1'`, "/l?a=1"},
		{"escapes", `location.href = "http:\/\/p.test\x2fl\u0041\u{42}"`, "http://p.test/lAB"},
		{"white space", `location.href = " /l "`, "/l"},

		{"function", `function f() { location.href = "/l" }`, ""},
		{"function expression", `window.onload = function() { location.href = "/l" }`, ""},
		{"arrow", `setTimeout(() => location.href = "/l", 9e9)`, ""},
		{"condition", `if (a) location.href = "/l"`, ""},
		{"condition over lines", "if (a)\n  location.href = '/l'", ""},
		{"else", `if (a) b(); else location.href = "/l"`, ""},
		{"loop", "while (a)\nlocation.href = '/l'", ""},
		{"short circuit", `a && (location.href = "/l")`, ""},
		{"second operand", `a || location.replace("/l")`, ""},
		{"comparison", `location.href == "/l"`, ""},
		{"variable", `location.href = u`, ""},
		{"string and variable", `location.href = "/l?u=" + u`, ""},
		{"variable and string", `location.href = base + "/l"`, ""},
		{"method of a string", `location.href = "/l".concat(u)`, ""},
		{"choice", `location.href = a ? "/l" : "/m"`, ""},
		{"string that is chosen by", `location.href = "/l" ? a : b`, ""},
		{"other property", `location.hash = "/l"`, ""},
		{"other object", `my.location.href = "/l"`, ""},
		{"longer name", `mylocation.href = "/l"`, ""},
		{"call with more", `location.replace("/l", 1)`, ""},
		{"declaration", `var location = "/l"`, ""},
		{"text", `var a = "location.href = '/l'"`, ""},
		{"comment", `// location.href = "/l"`, ""},
		{"template", "location.href = `/l`", ""},
		{"ends early", `location.href =`, ""},
		{"nothing", ``, ""},
		{"reload", `location.reload()`, ""},
		{"unbalanced", `} location.href = "/l"`, ""},
	}
	for _, test := range tests {
		if got := ScriptRedirect(test.script); got != test.want {
			t.Errorf("%s: ScriptRedirect(%q) = %q, want %q", test.name, test.script, got, test.want)
		}
	}
}
