package clickthrough

import (
	"slices"
	"strings"
	"unicode"
)

// price returns a price among the tokens, "" for none. A price of zero is none. A line may end within one.
// The number may be a word.
func (v vocabulary) price(tokens []token) string {
	for i, t := range tokens {
		switch {
		case !v.isNumber(tokens[i:]):
		case i > 0 && v.isMoneyBefore(tokens[i-1], t):
			return tokens[i-1].text + " " + t.text
		case i+1 < len(tokens) && !tokens[i+1].stop && v.isMoneyAfter(t, tokens[i+1]):
			return t.text + " " + tokens[i+1].text
		case v.isPriced(tokens[:i+1]):
			return tokens[i-1].text + " " + t.text
		}
	}
	return ""
}

// isNumber reports whether tokens begin with a number other than zero, in digits or as a word.
func (v vocabulary) isNumber(tokens []token) bool {
	if tokens[0].kind == numberToken {
		return strings.ContainsFunc(tokens[0].text, func(r rune) bool { return unicode.IsNumber(r) && !strings.ContainsRune("0٠۰⓿", r) })
	}
	_, n := v.number.at(tokens[:1])
	return n > 0
}

// isMoneyBefore reports whether a currency sign, or a word for money, is before a number.
func (v vocabulary) isMoneyBefore(t, number token) bool {
	switch {
	case t.kind == currencyToken:
		return number.kind == numberToken || !number.stop
	case number.kind != numberToken:
		return false
	}
	return v.text.says(t, moneyBefore) || number.close && v.money.says(t, moneyBefore)
}

// mostPence is how many digits an amount of pence has: what has more is a number of lines, such as 720p.
const mostPence = 2

// isMoneyAfter reports whether a currency sign, or a word for money, is behind a number.
func (v vocabulary) isMoneyAfter(number, t token) bool {
	return t.kind == currencyToken || v.text.says(t, moneyAfter) ||
		t.close && number.kind == numberToken && len(number.text) <= mostPence && v.money.says(t, moneyAfter)
}

// The words before a number that a word such as "price" is among.
const (
	pricedReach  = 2
	negatedReach = 3
)

// isPriced reports whether the last of some tokens is behind a word such as "price", which is not negated.
func (v vocabulary) isPriced(tokens []token) bool {
	last := len(tokens) - 1
	for back := 1; back <= min(pricedReach, last); back++ {
		if tokens[last-back+1].end {
			return false
		}
		word := tokens[last-back]
		if v.money.says(word, priced) {
			before := tokens[max(last-back-negatedReach, 0) : last-back]
			return !slices.ContainsFunc(before, func(t token) bool { return v.text.says(t, not) || v.text.says(t, decline) })
		}
		if !v.money.says(word, linking) {
			return false
		}
	}
	return false
}

// says reports whether a token is a word of a kind by itself.
func (l *lexicon) says(t token, one kind) bool { return l.alone(t.text).has(one) }

// The lengths in bytes of names that may be several words in one.
const shortestJoined, longestJoined = 5, 24

// serious are the kinds that also count within a joined word.
const serious = 1<<pay | 1<<logout | 1<<decline | 1<<amount

// readNames returns what names and addresses say, also if they are written without anything between
// the words, such as BUYNOW.
func (v vocabulary) readNames(tokens []token) kinds {
	says := v.attribute.read(tokens)
	for _, t := range tokens {
		if len(t.text) < shortestJoined || len(t.text) > longestJoined || t.kind != wordToken {
			continue
		}
		for i := 2; i < len(t.text)-1; i++ {
			says |= v.readJoined(t.text[:i], t.text[i:])
		}
	}
	return says
}

// readJoined returns what two words say that are written as one.
func (v vocabulary) readJoined(first, second string) (says kinds) {
	head, tail := v.attribute.alone(first), v.attribute.alone(second)
	if head != 0 && (tail != 0 || v.joined.alone(second) != 0) {
		says |= head & serious
	}
	if tail != 0 && (head != 0 || v.joined.alone(first) != 0) {
		says |= tail & serious
	}
	return says
}

// alone returns the kinds of a word by itself.
func (l *lexicon) alone(word string) kinds {
	var says kinds
	for _, p := range l.exact[word] {
		if len(p.words) == 1 {
			says.add(p.kind)
		}
	}
	return says
}
