package portal_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"hotspot-helper/portal"
)

// password has characters that every encoding has to escape.
const password = `Pä$$<w>&"ö'rd+%4 1\/x`

// latin1 returns a text in ISO 8859-1.
func latin1(text string) string {
	var out []byte
	for _, r := range text {
		out = append(out, byte(r))
	}
	return string(out)
}

// escapeEach formats each character.
func escapeEach(format, text string) string {
	var out strings.Builder
	for _, r := range text {
		fmt.Fprintf(&out, format, r)
	}
	return out.String()
}

func reversed(text string) string {
	runes := []rune(text)
	slices.Reverse(runes)
	return string(runes)
}

// passwordSpellings are ways in which a portal may show the password.
func passwordSpellings() map[string]string {
	latin := latin1(password)
	percent := func(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
	named := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "ä", "&auml;", "ö", "&ouml;", "$", "&dollar;", "+", "&plus;").Replace(password)
	return map[string]string{
		"plain":                       password,
		"HTML, named":                 named,
		"HTML, decimal":               escapeEach("&#%d;", password),
		"HTML, decimal, zeros":        escapeEach("&#%07d;", password),
		"HTML, hex":                   escapeEach("&#x%x;", password),
		"HTML, upper hex":             escapeEach("&#X%X;", password),
		"HTML, without semicolon":     strings.NewReplacer("&", "&amp", "<", "&lt", ">", "&gt", "ä", "&auml", "ö", "&ouml").Replace(password),
		"HTML, number, no semicolon":  strings.NewReplacer("&", "&#38", "<", "&#60", ">", "&#62", "ä", "&#228", "ö", "&#xf6").Replace(password),
		"HTML, twice":                 strings.ReplaceAll(named, "&", "&amp;"),
		"percent":                     percent(password),
		"percent, plus":               url.QueryEscape(password),
		"percent, lower case":         strings.ToLower(percent(password)),
		"percent, Latin-1":            percent(latin),
		"percent, Latin-1, lower":     strings.ToLower(percent(latin)),
		"percent, twice":              percent(percent(password)),
		"percent, each":               escapeBytes("%%%02x", latin),
		"percent, UTF-16":             escapeEach("%%u%04x", password),
		"percent in HTML":             strings.ReplaceAll(percent(password), "%", "&#37;"),
		"JSON":                        strings.NewReplacer(`"`, `\"`, `\`, `\\`, "/", `\/`).Replace(password),
		"JSON, HTML-safe":             strings.NewReplacer(`"`, `\"`, `\`, `\\`, "/", `\/`, "<", `\u003c`, ">", `\u003E`, "&", `\u0026`).Replace(password),
		"JavaScript, \\u":             escapeEach(`\u%04x`, password),
		"JavaScript, \\u{}":           escapeEach(`\u{%x}`, password),
		"JavaScript, \\x":             escapeEach(`\x%02x`, password),
		"JavaScript, octal":           escapeEach(`\%03o`, password),
		"JavaScript, UTF-8 in \\x":    escapeBytes(`\x%02X`, password),
		"JavaScript in HTML":          strings.ReplaceAll(escapeEach(`\u%04x`, password), `\`, "&#92;"),
		"base64":                      base64.StdEncoding.EncodeToString([]byte(password)),
		"base64, raw":                 base64.RawStdEncoding.EncodeToString([]byte(password)),
		"base64, URL":                 base64.URLEncoding.EncodeToString([]byte(password)),
		"base64, raw URL":             base64.RawURLEncoding.EncodeToString([]byte(password)),
		"base64, Latin-1":             base64.StdEncoding.EncodeToString([]byte(latin)),
		"base64, percent":             url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(password))),
		"base64 of percent":           base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(password))),
		"base64 of base64":            base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(password)))),
		"hex":                         hex.EncodeToString([]byte(password)),
		"hex, upper case":             strings.ToUpper(hex.EncodeToString([]byte(password))),
		"hex, Latin-1":                hex.EncodeToString([]byte(latin)),
		"reversed":                    reversed(password),
		"reversed, percent":           url.QueryEscape(reversed(password)),
		"upper case":                  strings.ToUpper(password),
		"lower case":                  strings.ToLower(password),
		"upper case, decimal":         escapeEach("&#%d;", strings.ToUpper(password)),
		"tags":                        "Pä$$<b>&lt;w&gt;</b>&amp;&quot;<i class='x'>ö&#39;r</i><!-- x -->d+%4 1\\/x",
		"UTF-8 read as Windows-1252":  strings.NewReplacer("ä", "Ã¤", "ö", "Ã¶").Replace(password),
		"Go":                          strings.Trim(fmt.Sprintf("%q", password), `"`),
		"Go, ASCII":                   strings.Trim(fmt.Sprintf("%+q", password), `"`),
		"JavaScript, a JSON document": strings.ReplaceAll(strings.Trim(fmt.Sprintf("%q", password), `"`), `\`, `\\`),
	}
}

func escapeBytes(format, text string) string {
	var out strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&out, format, text[i])
	}
	return out.String()
}

// A secret is masked in every spelling, and what stands around it stays.
func TestMaskedInEverySpelling(t *testing.T) {
	session := network{}.session(t, "a.test")
	session.Declare(portal.Secret(password))
	for name, spelled := range passwordSpellings() {
		for place, mask := range map[string]func(string) string{"Redact": session.Redact, "RedactSecrets": session.RedactSecrets} {
			if got := mask("<p>" + spelled + "</p>, the rest"); got != "<p>[redacted]</p>, the rest" {
				t.Errorf("%s, %s: %s is shown as %s", place, name, spelled, got)
			}
		}
		if !session.ContainsSecret("x=" + spelled) {
			t.Errorf("%s: ContainsSecret does not see %s", name, spelled)
		}
	}
}

// A secret is masked beside others in one packed text.
func TestMaskedInCompounds(t *testing.T) {
	session := network{}.session(t, "a.test")
	session.Declare(portal.Secret("swordfish"), portal.Secret("2718"))
	for _, compound := range []string{"ada:swordfish", "x:ada:swordfish:1", "swordfish", `{"u":"ada","p":"sword\u0066ish"}`, "ada:2718", "2718:ada"} {
		for _, packed := range []string{
			base64.StdEncoding.EncodeToString([]byte(compound)), base64.RawURLEncoding.EncodeToString([]byte(compound)), hex.EncodeToString([]byte(compound)),
		} {
			for _, text := range []string{packed, "/go/" + packed + "/x", "x=" + packed, "Basic " + packed} {
				for _, got := range []string{session.Redact(text), session.RedactSecrets(text)} {
					if !strings.Contains(got, "[redacted]") {
						t.Errorf("%s in %s is shown as %s", compound, text, got)
					}
				}
			}
		}
	}
}
