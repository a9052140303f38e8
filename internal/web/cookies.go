package web

import (
	"net/http/cookiejar"

	"golang.org/x/net/publicsuffix"
)

// NewJar returns an empty cookie jar that accepts no cookie for a whole registry such as
// com or github.io (RFC 6265, section 5.3, step 5).
func NewJar() *cookiejar.Jar {
	jar, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	if err != nil {
		panic("make cookie jar: " + err.Error()) // cookiejar.New has no error to return
	}
	return jar
}
