package clickthrough

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"hotspot-helper/internal/web"
)

// token is a word, a number or a currency sign of a text. A character of a script without
// spaces between words is a token of its own.
type token struct {
	text  string
	kind  tokenKind
	pause bool // punctuation or the end of a line is before it
	stop  bool // punctuation is before it
	end   bool // the end of a sentence or of a row is before it
	close bool // nothing is before it
}

type tokenKind uint8

const (
	wordToken tokenKind = iota
	numberToken
	currencyToken
)

// tokenize returns the tokens of a text, without case and accents.
func tokenize(text string) []token {
	var tokens []token
	pause, stop, sentence, near := false, false, false, false
	for text = fold(text); text != ""; {
		char, size := utf8.DecodeRuneInString(text)
		end, kind := size, wordToken
		switch {
		case unicode.IsNumber(char):
			end, kind = numberEnd(text), numberToken
		case unicode.Is(unicode.Sc, char):
			kind = currencyToken
		case isUnspaced(char):
		case unicode.IsLetter(char):
			end = wordEnd(text)
		default:
			stop = stop || strings.ContainsRune(".!?;:,|()—–。、！？；：，", char)
			pause = pause || stop || char == '\n'
			sentence = sentence || strings.ContainsRune(".!?|。！？", char)
			text, near = text[size:], false
			continue
		}
		tokens = append(tokens, token{text[:end], kind, pause, stop, sentence, near})
		text, pause, stop, sentence, near = text[end:], false, false, false, true
		if size := dashes(text); kind == numberToken && size > 0 {
			tokens, text = append(tokens, token{text: text[:size], kind: currencyToken, close: true}), text[size:]
		}
	}
	return tokens
}

// wordEnd returns where the word that text begins with ends.
func wordEnd(text string) int {
	end := strings.IndexFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) || isUnspaced(r)
	})
	if end < 0 {
		return len(text)
	}
	return end
}

// numberEnd returns where the number that text begins with ends. A dot, comma or
// apostrophe is part of it before another digit.
func numberEnd(text string) int {
	end := 0
	for at, char := range text {
		switch {
		case unicode.IsNumber(char):
			end = at + utf8.RuneLen(char)
		case at == end && strings.ContainsRune(".,'’٫٬", char):
		default:
			return end
		}
	}
	return end
}

// dashes returns the length of the dashes in place of the cents of a price, such as "5,-" and "50:-";
// 0: there are none. "1.-" begins an item of a list, so behind a dot only a long dash counts.
func dashes(text string) int {
	if text == "" || strings.IndexByte(".,:", text[0]) < 0 {
		return 0
	}
	rest := strings.TrimLeft(text[1:], "–—−")
	if text[0] != '.' {
		rest = strings.TrimLeft(text[1:], "-–—−")
	}
	next, _ := utf8.DecodeRuneInString(rest)
	if len(rest) == len(text)-1 || unicode.IsNumber(next) || unicode.IsLetter(next) {
		return 0
	}
	return len(text) - len(rest)
}

// isUnspaced reports whether a script has no spaces between words, or has particles at them.
func isUnspaced(char rune) bool {
	return char >= 0xe00 && unicode.In(char, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) ||
		char == 'ー'
}

// fold returns a text in lower case, without accents, and with letters that are written in
// more than one way in one of them.
func fold(text string) string {
	if isPlain(text) {
		return strings.ToLower(text)
	}
	var out strings.Builder
	for _, char := range norm.NFKD.String(text) {
		switch char = unicode.ToLower(char); {
		case isAccent(char):
		default:
			writeFolded(&out, char)
		}
	}
	return norm.NFC.String(out.String())
}

// isAccent reports whether a character only marks another one in Latin, Greek, Cyrillic, Hebrew or
// Arabic. In other scripts such characters are vowels.
func isAccent(char rune) bool {
	return char >= 0x300 && char <= 0x36f || char >= 0x591 && char <= 0x5c7 || char >= 0x610 && char <= 0x61a ||
		char >= 0x64b && char <= 0x65f || char == 0x670
}

// writeFolded writes a letter that does not decompose in its plain form.
func writeFolded(out *strings.Builder, char rune) {
	switch char {
	case 'ß':
		out.WriteString("ss")
	case 'æ':
		out.WriteString("ae")
	case 'œ':
		out.WriteString("oe")
	case 'ø':
		out.WriteByte('o')
	case 'ł':
		out.WriteByte('l')
	case 'đ', 'ð':
		out.WriteByte('d')
	case 'ı':
		out.WriteByte('i')
	case 'ς':
		out.WriteRune('σ')
	case '\u00ad', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', 'ـ': // invisible, or only stretch a word
	default:
		out.WriteRune(char)
	}
}

func isPlain(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// plainName returns a name, a value or an address without its escapes, also those within escapes. What has control
// characters, which may make two words of one, comes once with them and once without.
func plainName(name string) string {
	for range 3 {
		name = web.Unpercent(name)
	}
	if strings.ContainsFunc(name, isBreak) {
		name += "|" + strings.Map(func(r rune) rune {
			if isBreak(r) {
				return -1
			}
			return r
		}, name)
	}
	return name
}

func isBreak(r rune) bool { return unicode.IsControl(r) && string(r) != clipped }

// attributeWords separates the words in the name of a field or in an address: acceptTerms,
// accept_terms and accept-terms are two words.
func attributeWords(name string) string {
	var out strings.Builder
	previous := ' '
	for _, char := range name {
		if unicode.IsUpper(char) && unicode.IsLower(previous) {
			out.WriteByte(' ')
		}
		if char == '_' || unicode.IsDigit(char) {
			char = ' '
		}
		out.WriteRune(char)
		previous = char
	}
	return out.String()
}
