package replay

import (
	"html"
	"strings"
	"testing"
)

// A token is masked in every part of a URL that no pack names, also of one that cannot be parsed.
func TestTokensOfAddresses(t *testing.T) {
	const token = "k3j9x7q2w8zz"
	for _, address := range []string{
		"http://portal.test/in?sid=TOKEN", "http://portal.test/in?TOKEN", "http://portal.test/in?a=1;sid=TOKEN", "http://portal.test/in;sid=TOKEN",
		"http://portal.test/in#sid=TOKEN", "http://TOKEN@portal.test/in", "//portal.test/in?sid=TOKEN", "in?sid=TOKEN",
		"http://portal.test/100%/?sid=TOKEN", "http://portal.test:x/?sid=TOKEN",
		"http://portal.test/in?next=/go%3Fsid%3DTOKEN", "http://portal.test/in?next=portal.test/go%3Fsid%3DTOKEN", "http://portal.test/in?next=http%3A%2F%2Fportal.test%2F%3Fsid%3DTOKEN",
		"http://portal.test/in?x=a.TOKEN", "http://portal.test/in?x=a:TOKEN", "http://portal.test/in?x=a|TOKEN", `http://portal.test/in?x={"sid":"TOKEN"}`,
	} {
		address = strings.ReplaceAll(address, "TOKEN", token)
		for name, find := range map[string]func(m *masker){
			"redirect": func(m *masker) { m.address(address, 1) },
			"link":     func(m *masker) { m.body([]byte(`<a href="` + html.EscapeString(address) + `">x</a>`)) },
		} {
			m := newMasker()
			find(m)
			if got := m.replacer()(address); strings.Contains(got, token) || m.over {
				t.Errorf("%s %s: %s", name, address, got)
			}
		}
	}
	m := newMasker()
	m.address("http://portal.test/v2/index2.html?at=2026-11-30T10:00:00Z&mac=00-11-22-33-44-55&page=2", 1)
	if len(m.pairs) > 1 { // the hardware address
		t.Errorf("masks %v", m.pairs)
	}
}
