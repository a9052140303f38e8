package probe

import (
	"net/http"
	"testing"
)

func TestNextURL(t *testing.T) {
	const at = "http://check.test/a/generate_204"
	tests := []struct {
		name   string
		status int
		header string // Location of a redirect, Refresh of a page
		body   string
		want   string // "" is a page to stay on
		wrong  bool
	}{
		{"absolute", 302, "http://portal.test/login?x=1", "", "http://portal.test/login?x=1", false},
		{"307", 307, "https://portal.test/", "", "https://portal.test/", false},
		{"relative", 302, "login", "", "http://check.test/a/login", false},
		{"absolute path", 302, "/login", "", "http://check.test/login", false},
		{"scheme-relative", 302, "//portal.test/x", "", "http://portal.test/x", false},
		{"fragment is kept", 302, "http://portal.test/#/login", "", "http://portal.test/#/login", false},
		{"IPv6 literal", 302, "http://[2001:db8::1]:8080/x", "", "http://[2001:db8::1]:8080/x", false},
		{"no Location", 302, "", "", "", false},
		{"another scheme", 302, "ftp://portal.test/", "", "", true},
		{"file", 302, "file:///etc/passwd", "", "", true},
		{"no host", 302, "http:///", "", "", true},
		{"default port", 302, "http://portal.test:80/login", "", "http://portal.test/login", false},
		{"backslashes", 302, `http:\\portal.test\login`, "", "http://portal.test/login", false},
		{"not a URL", 302, "http://[::1", "", "", true},
		{"page", 200, "", "<p>log in", "", false},
		{"meta refresh", 200, "", `<meta http-equiv="refresh" content="0; url=/login">`, "http://check.test/login", false},
		{"meta refresh on 511", 511, "", `<META HTTP-EQUIV=Refresh CONTENT="1;URL='https://p.test/'">`, "https://p.test/", false},
		{"meta refresh with entity", 200, "", `<meta http-equiv=refresh content="0;url=/l?a=1&amp;b=2">`, "http://check.test/l?a=1&b=2", false},
		{"meta refresh after base", 200, "", `<base href="http://p.test/x/"><base href="/y/"><meta http-equiv=refresh content="0;url=l">`, "http://p.test/x/l", false},
		{"meta refresh in a comment", 200, "", `<!-- <meta http-equiv=refresh content="0;url=/l"> -->`, "", false},
		{"meta refresh in a script", 200, "", `<script>'<meta http-equiv=refresh content="0;url=/l">'</script>`, "", false},
		{"meta refresh without scripts, nothing else", 200, "", `<noscript><meta http-equiv=refresh content="0;url=/nojs"></noscript>`, "http://check.test/nojs", false},
		{"meta refresh without scripts, a form", 200, "", `<noscript><meta http-equiv=refresh content="0;url=/nojs"></noscript><form>`, "", false},
		{"meta refresh without scripts, another one", 200, "", `<noscript><meta http-equiv=refresh content="0;url=/nojs"></noscript><meta http-equiv=refresh content="0;url=/l">`, "http://check.test/l", false},
		{"script", 200, "", `<script>location.href="/l"</script>`, "http://check.test/l", false},
		{"script before a refresh", 200, "", `<meta http-equiv=refresh content="3;url=/slow"><script>location.replace('/l')</script>`, "http://check.test/l", false},
		{"onload", 200, "", `<body onload="window.location='/l?a=1&amp;b=2'">`, "http://check.test/l?a=1&b=2", false},
		{"script that is data", 200, "", `<script type="text/template">location.href="/l"</script>`, "", false},
		{"script to a program", 200, "", `<script>location.href="javascript:go()"</script>`, "", false},
		{"script in a comment", 200, "", `<!-- <script>location.href="/l"</script> -->`, "", false},
		{"meta refresh without URL", 200, "", `<meta http-equiv=refresh content="5">`, "", false},
		{"meta refresh too late to be a hop", 200, "", `<meta http-equiv=refresh content="60;url=/expired">`, "", false},
		{"meta refresh to itself", 200, "", `<meta http-equiv=refresh content="5;url=generate_204#top">`, "", false},
		{"meta refresh to a script", 200, "", `<meta http-equiv=refresh content="0;url=javascript:go()">`, "", true},
		{"another meta", 200, "", `<meta name=refresh content="0;url=/l">`, "", false},
		{"Refresh field", 200, "0;url=/login", "", "http://check.test/login", false},
		{"meta refresh on an error", 404, "", `<meta http-equiv=refresh content="0;url=/l">`, "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			header := http.Header{"Location": {test.header}}
			if test.status == 200 {
				header = http.Header{"Refresh": {test.header}}
			}
			got, err := Hop{URL: at, Status: test.status, Header: header, Body: test.body}.Next()
			if (err != nil) != test.wrong {
				t.Fatalf("error = %v, want one: %t", err, test.wrong)
			}
			if got == nil && test.want != "" || got != nil && got.String() != test.want {
				t.Errorf("got %v, want %q", got, test.want)
			}
		})
	}
}

func TestLastPage(t *testing.T) {
	check, portal, page := Hop{URL: "http://c/", Status: 302}, Hop{URL: "http://p/", Status: 302}, Hop{URL: "http://p/l", Status: 200}
	dead, broken := Hop{URL: "http://d/", Error: "refused"}, Hop{URL: "http://e/", Status: 404}
	tests := []struct {
		name string
		hops []Hop
		want string
	}{
		{"none", nil, ""},
		{"page in place", []Hop{page}, "http://p/l"},
		{"last page", []Hop{check, portal, page}, "http://p/l"},
		{"page before a dead end", []Hop{check, page, dead}, "http://p/l"},
		{"dead end", []Hop{check, portal, dead}, ""},
		{"error", []Hop{check, broken}, ""},
		{"511 is a page", []Hop{check, {URL: "http://s/", Status: 511}}, "http://s/"},
	}
	for _, test := range tests {
		if got := lastPage(test.hops); got != test.want {
			t.Errorf("%s: lastPage = %q, want %q", test.name, got, test.want)
		}
	}
}

func TestFindWISPr(t *testing.T) {
	const element = `<WISPAccessGatewayParam xmlns:xsi="x"><Redirect><LoginURL>http://l/?a=1&b=2</LoginURL></Redirect></WISPAccessGatewayParam>`
	tests := []struct {
		name, body, want string
	}{
		{"none", "<html>WISPAccessGatewayParam</html>", ""},
		{"bare", element, element},
		{"in a comment", "<HTML><!--\n<?xml version=\"1.0\"?>\n" + element + "--></HTML>", element},
		{"prefix and case", "<wispr:wispaccessgatewayparam>\n1</WISPR:WISPAccessGatewayParam >", "<wispr:wispaccessgatewayparam>\n1</WISPR:WISPAccessGatewayParam >"},
		{"first of two", element + "<WISPAccessGatewayParam>2</WISPAccessGatewayParam>", element},
		{"cut off", element[:60], ""},
		{"longer name", "<WISPAccessGatewayParams></WISPAccessGatewayParams>", ""},
	}
	for _, test := range tests {
		if got := findWISPr([]Hop{{}, {Body: test.body}}).Text; got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestLoginURL(t *testing.T) {
	tests := map[string]string{
		"<LoginURL>https://l.test/?a=1&amp;b=2</LoginURL>":    "https://l.test/?a=1&b=2",
		"<LoginURL>https://l.test/?a=1&b=2</LoginURL>":        "https://l.test/?a=1&b=2",
		"<loginurl>\n http://l.test/ \n</LOGINURL>":           "http://l.test/",
		"<w:LoginURL><![CDATA[http://l.test/]]></w:LoginURL>": "http://l.test/",
		"<LoginURL>/relative</LoginURL>":                      "",
		"<LoginURL>javascript:x</LoginURL>":                   "",
		"<LoginURL></LoginURL>":                               "",
		"<AbortLoginURL>http://a.test/</AbortLoginURL>":       "",
		"": "",
	}
	for element, want := range tests {
		body := "<WISPAccessGatewayParam>" + element + "</WISPAccessGatewayParam>"
		if got := loginURL(findWISPr([]Hop{{Body: body}})); got != want {
			t.Errorf("loginURL(%q) = %q, want %q", element, got, want)
		}
	}
}

func FuzzLoginURL(f *testing.F) {
	f.Add("<!--<WISPAccessGatewayParam><LoginURL>http://l/</LoginURL></WISPAccessGatewayParam>-->")
	f.Fuzz(func(t *testing.T, body string) {
		if login := loginURL(findWISPr([]Hop{{Body: body}})); login != "" && !isHTTP(login) {
			t.Errorf("login at %q", login)
		}
	})
}
