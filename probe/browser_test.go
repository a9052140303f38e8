package probe

import (
	"net/http"
	"testing"
)

// The probe follows a page as a browser and a portal session do.
func TestNextURLAsBrowsersDo(t *testing.T) {
	for _, test := range []struct{ name, refresh, body, want string }{
		{"surrogate pair", "", `<script>location.href = "/\uD83D\uDE00"</script>`, "http://check.test/%F0%9F%98%80"},
		{"octal escape", "", `<script>location.href = "/\101"</script>`, "http://check.test/A"},
		{"byte escape is a character", "", `<script>location.href = "/caf\xe9"</script>`, "http://check.test/caf%C3%A9"},
		{"fraction of a second", ".5;url=/x", "", "http://check.test/x"},
		{"fraction of a second in a meta element", "", `<meta http-equiv=refresh content=".5;url=/x">`, "http://check.test/x"},
		{"no delay", "url=/x", "", ""},
		{"text behind the number", "", `<meta http-equiv=refresh content="0x;url=/x">`, ""},
		{"white space and a stray percent sign", "", "<meta http-equiv=refresh content='0;url=/a b/100%\n/x'>", "http://check.test/a%20b/100%25/x"},
		{"backslashes", "", `<meta http-equiv=refresh content="0;url=\\p.test\x">`, "http://p.test/x"},
		{"the header is due first", "0;url=/header", `<meta http-equiv=refresh content="5;url=/meta">`, "http://check.test/header"},
		{"the meta element is due first", "5;url=/header", `<meta http-equiv=refresh content="0;url=/meta">`, "http://check.test/meta"},
		{"base element without a usable URL", "", `<base href="javascript:x"><base href="/y/"><meta http-equiv=refresh content="0;url=l">`, "http://check.test/a/l"},
	} {
		t.Run(test.name, func(t *testing.T) {
			hop := Hop{URL: "http://check.test/a/generate_204", Status: 200, Header: http.Header{"Refresh": {test.refresh}}, Body: test.body}
			next, err := hop.Next()
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if next != nil {
				got = next.String()
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// A redirect with a stray percent sign is followed.
func TestNextURLWithStrayPercent(t *testing.T) {
	hop := Hop{URL: "http://check.test/", Status: 302, Header: http.Header{"Location": {"http://login.test/portal/100%/x"}}}
	next, err := hop.Next()
	if err != nil || next.String() != "http://login.test/portal/100%25/x" {
		t.Errorf("got %v, %v", next, err)
	}
}
