package clickthrough

import (
	"strings"
	"testing"

	"hotspot-helper/internal/web"
)

func TestWordsAreComplete(t *testing.T) {
	t.Parallel()
	if len(wordsFile) == 0 {
		t.Fatal("no words")
	}
	v, err := parseWords(wordsFile)
	if err != nil {
		t.Fatal(err)
	}
	if len(v.text.exact) < 1000 {
		t.Errorf("%d first words", len(v.text.exact))
	}
	languages := 0
	for section := range strings.SplitSeq(string(wordsFile), "[language.") {
		languages++
		name, lists, _ := strings.Cut(section, "]")
		if languages < 3 { // the head of the file, and the words of all languages
			continue
		}
		lists, _, _ = strings.Cut(lists, "[money]")
		for _, key := range []string{"accept", "continue", "decline", "not", "pay", "marketing", "logout", "terms", "info"} {
			if !strings.Contains(lists, "\n"+key+" = [\"") {
				t.Errorf("%s has no words for %s", name, key)
			}
		}
	}
	if languages < 18 {
		t.Errorf("%d languages", languages-2)
	}
}

func TestWordsMistakes(t *testing.T) {
	t.Parallel()
	for give, want := range map[string]string{
		"[language.en]\naccept = ['yes', '']":    `words.toml:2: language.en.accept 2: want a phrase`,
		"[language.en]\naccept = ['a*b']":        `words.toml:2: language.en.accept 1: want a phrase`,
		"[language.en]\nagree = ['yes']":         `words.toml:2: language.en: unknown key "agree"`,
		"[language.en]\naccept = 'yes'":          `words.toml:2: language.en.accept: want`,
		"[money]\nafter = ['?!']":                `words.toml:2: money.after 1: want a phrase`,
		"[attribute]\ndecline = ['no', 'no go*'": `words.toml:2: `,
	} {
		if _, err := parseWords([]byte(give)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", give, err, want)
		}
	}
}

// Words count as a whole, in any case, with or without accents; the longest phrase counts.
func TestRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]kinds{
		"I AGREE":                      1 << accept,
		"I disagree":                   1 << decline,
		"not now":                      1 << decline,
		"Now":                          0,
		"I do not agree":               1 << decline,
		"Continue without accepting":   1<<goOn | 1<<decline,
		"I accept. No fee.":            1<<accept | 1<<decline,
		"payload, ordering, priceless": 0,
		"Log out":                      1 << logout,
		"Logbook":                      0,
		"Ich akzeptiere nicht":         1 << decline,
		"NUTZUNGSBEDINGUNGEN":          1 << terms,
		"J’ACCEPTE":                    1 << accept,
		"je n'accepte pas":             1 << decline,
		"Decouvrez":                    0,
		"ВЫЙТИ":                        1 << logout,
		"выйти в интернет":             1 << goOn,
		"ΑΠΟΔΟΧΗ":                      1 << accept,
		"KABUL EDİYORUM":               1 << accept,
		"kabul etmiyorum":              1 << decline,
		"Straße ändern":                0,
		"SCHLIESSEN":                   1 << decline,
		"同意":                           1 << accept,
		"不同意":                          1 << decline,
		"同意しません":                       1 << decline,
		"동의하지 않습니다":                    1 << decline,
		"لا أوافق":                     1 << decline,
		"أُوافِق":                      1 << accept,
		"new\u00adsletter":             1 << marketing,
		"Newsletters":                  1 << marketing,
		"no payment":                   1 << decline,
		"":                             0,
	} {
		if got := words().text.read(tokenize(text)); got != want {
			t.Errorf("%q: %b, want %b", text, got, want)
		}
	}
}

func TestPrice(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"for EUR 9.95 a day": "eur 9.95", "9,95 € pro Tag": "9,95 €", "£5": "£ 5", "5kr": "5 kr", "CHF 1'000": "chf 1'000", "１００円": "100 円",
		"5,-": "5 ,-", "5,– pro Tag": "5 ,–", "50:-": "50 :-", "5.–": "5 .–", "9,--": "9 ,--", "R5": "r 5", "R50.00 a day": "r 50.00", "5p": "5 p", "٥ دولار": "٥ دولار", "٥٫٠٠ €": "٥٫٠٠ €", "£five": "£ five", "❺ €": "❺ €", "€ ➄": "€ ➄", "⓿ €": "",
		"price: 5": "price 5", "costs five": "costs five", "The fee is 5 a day": "is 5", "Preis 5": "preis 5", "Le prix est de 5": "", "prezzo: 5": "prezzo 5", "стоимость 100": "стоимость 100", "5 dirhams": "5 dirhams",
		"0,-": "", "0:-": "", "1.- Accept, 2.- Press": "", "1,-2": "", "9:-9": "", "10-12": "", "1080p, 720p": "", "5 p": "", "R 5 or room 5": "", "ВР5": "", "٠ دولار": "", "٠٫٠٠ دولار": "",
		"price: 0": "", "Price: free": "", "no fee 5 days a week": "", "without cost. 5 devices": "", "See the price. 5 devices": "", "a price list for 2024": "", "in €. One hour is free": "",
		"0,00 €": "", "EUR 0": "", "24 hours, 5 Mb/s": "", "5. Euro 2024": "", "12 Kronborg": "", "call 0800 123": "", "$": "", "R$ 5": "$ 5",
	} {
		if got := words().price(tokenize(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Words in names and addresses count also if nothing is between them.
func TestReadNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]kinds{
		"BUYNOW": 1 << pay, "buynow": 1 << pay, "PayPage": 1 << pay, "gotopay": 1 << pay, "checkoutform": 1 << pay, "LOGOUTNOW": 1 << logout, "declineall": 1 << decline, "userlogout": 1 << logout,
		"payload": 0, "buyer": 0, "nonstop": 0, "stopover": 0, "cartel": 0, "border": 0, "display": 0, "paypalace": 0, "ordernary": 0, "nowpage": 0,
	} {
		d := &document{search: web.NewSearch(t.Context(), MaxWork)}
		if got := d.readAttributes(name); got != want {
			t.Errorf("%q: %b, want %b", name, got, want)
		}
	}
}

func FuzzTokenize(f *testing.F) {
	for _, text := range []string{"I accept", "5 €", "同意しない", "أُوافِق", "a1'000.b", "\xff\u0301"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tokens := tokenize(text)
		for _, token := range tokens {
			if token.text == "" {
				t.Fatalf("%q has an empty token", text)
			}
		}
		words().text.read(tokens)
		words().price(tokens)
		words().readNames(tokens)
	})
}
