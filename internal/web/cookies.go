package web

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// The limits of cookies.
const (
	MaxCookies = 50      // kept of one response, and sent with one request
	MaxCookie  = 4 << 10 // bytes of name and value (RFC 6265bis, section 5.6)
)

// Jar keeps cookies and returns them byte for byte, as browsers do (RFC 6265bis). Servers
// compare them so, and net/http alone drops or quotes what it takes for invalid: brackets in a
// name, quotes, commas and letters beyond ASCII in a value.
type Jar struct{ jar *cookiejar.Jar }

// NewJar returns an empty jar. It accepts no cookie for a whole registry such as com or github.io.
func NewJar() *Jar {
	jar, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	if err != nil {
		panic("make cookie jar: " + err.Error()) // cookiejar.New has no error to return
	}
	return &Jar{jar}
}

// Keep keeps the first [MaxCookies] cookies of a response.
func (j *Jar) Keep(u *url.URL, header http.Header) {
	cookies := ReadCookies(header)
	j.jar.SetCookies(u, cookies[:min(len(cookies), MaxCookies)])
}

// KeepScript keeps what the inline scripts of a page set: see [ScriptCookies].
func (j *Jar) KeepScript(ctx context.Context, u *url.URL, header http.Header, body string) {
	j.Keep(u, http.Header{"Set-Cookie": ScriptCookies(ctx, u, header, body)})
}

// ScriptCookies returns what the inline scripts of a page set, as Set-Cookie has it. It reads no script once the
// context ended.
func ScriptCookies(ctx context.Context, u *url.URL, header http.Header, body string) []string {
	if !strings.Contains(body, "document.cookie") { // most pages need not be read
		return nil
	}
	return readNavigation(u, header, body, func() bool { return ctx.Err() == nil }).Cookies
}

// Cookies returns the cookies to send to a URL, those with the longest path first.
func (j *Jar) Cookies(u *url.URL) []*http.Cookie { return j.jar.Cookies(u) }

// Header returns the Cookie header for a URL, "" for none. It has the cookies for which allow
// returns true, at most [MaxCookies], and no more bytes than servers accept in a header.
func (j *Jar) Header(u *url.URL, allow func(*http.Cookie) bool) string {
	var header strings.Builder
	sent := 0
	for _, cookie := range j.Cookies(u) {
		if !allow(cookie) {
			continue
		}
		pair := cookie.Value
		if cookie.Name != "" {
			pair = cookie.Name + "=" + cookie.Value
		}
		if sent == MaxCookies || header.Len()+len(pair) > 2*MaxCookie {
			break
		}
		if sent > 0 {
			header.WriteString("; ")
		}
		header.WriteString(pair)
		sent++
	}
	return header.String()
}

// ReadCookies parses the Set-Cookie headers of a response (RFC 6265bis, section 5.6). It
// ignores cookies with control characters and those longer than [MaxCookie].
func ReadCookies(header http.Header) []*http.Cookie {
	var cookies []*http.Cookie
	for _, line := range header["Set-Cookie"] {
		pair, attributes, _ := strings.Cut(line, ";")
		name, value, named := strings.Cut(pair, "=")
		if !named {
			name, value = "", pair
		}
		name, value = strings.Trim(name, " \t"), strings.Trim(value, " \t")
		if name+value == "" || len(name)+len(value) > MaxCookie || strings.ContainsFunc(pair, isControl) {
			continue
		}
		cookie, err := http.ParseSetCookie("name=value;" + attributes)
		if err != nil {
			continue
		}
		cookie.Name, cookie.Value = name, value
		cookies = append(cookies, cookie)
	}
	return cookies
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
