package clickthrough

import (
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"unicode"

	"hotspot-helper/internal/web"
)

// readContent returns whether a value has a price or, if it is JSON, an amount or a purchase by its keys.
func (d *document) readContent(value string) kinds {
	var says kinds
	if !isAddress(value) && d.hasPrice(web.TruncateUTF8(value, maxSaid)) {
		says.add(pay)
	}
	return says | d.readJSON(strings.TrimSpace(value))
}

// mostInPrice is how many tokens a price without a space has: a number, its currency and a word.
const mostInPrice = 3

// shortestMoney is how many bytes a word for money has in a value without spaces: shorter ones are in many random values.
const shortestMoney = 3

// hasPrice reports whether a value names a price. Of a value without spaces, which may be random, each part counts by itself.
func (d *document) hasPrice(value string) bool {
	if strings.ContainsFunc(strings.TrimSpace(value), unicode.IsSpace) {
		return words().price(d.tokens(value)) != ""
	}
	for part := range strings.FieldsFuncSeq(value, endsPart) {
		tokens := d.tokens(part)
		if len(tokens) > mostInPrice {
			continue
		}
		for _, t := range tokens {
			isMoney := t.kind == currencyToken || len(t.text) >= shortestMoney && (words().text.says(t, moneyBefore) || words().text.says(t, moneyAfter))
			if isMoney && words().price(tokens) != "" {
				return true
			}
		}
	}
	return false
}

// endsPart reports whether a character separates the parts of a value.
func endsPart(r rune) bool {
	return r != '.' && r != ',' && !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Sc)
}

// readJSON returns what a value says that is an object or a list of JSON.
func (d *document) readJSON(value string) kinds {
	if value == "" || value[0] != '{' && value[0] != '[' || !d.search.Spend(textCost*len(value)) {
		return 0
	}
	var content any
	if json.Unmarshal([]byte(value), &content) != nil {
		return 0
	}
	var says kinds
	for name, value := range EachValue(d.search, content) {
		says |= d.readKeyed(name, value)
	}
	return says
}

// readKeyed returns what a value of JSON says by its name. Texts and numbers may be what a person typed.
func (d *document) readKeyed(name string, value any) kinds {
	switch value.(type) {
	case nil:
		return 0
	case bool:
		return d.readSent(name, fmt.Sprint(value), false)
	}
	text := fmt.Sprint(value)
	return d.readSent(name, text, true) | d.readContent(text)
}

// maxOuterKey is how much of the key of an object is read with the keys in it, in bytes.
const maxOuterKey = 100

// EachValue yields the texts, numbers and truth values of decoded JSON by their keys; what is in another object by
// both of their keys, as in "order.amount". It stops when the search's budget is spent.
func EachValue(search *web.Search, content any) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) { eachValue(search, "", content, yield) }
}

func eachValue(search *web.Search, name string, value any, yield func(string, any) bool) bool {
	if !search.Spend(nodeCost) {
		return false
	}
	switch value := value.(type) {
	case map[string]any:
		_, own, _ := strings.Cut(name, ".")
		for key, below := range value {
			if !eachValue(search, web.TruncateUTF8(own, maxOuterKey)+"."+strings.ReplaceAll(key, ".", "_"), below, yield) {
				return false
			}
		}
		return true
	case []any:
		for _, below := range value {
			if !eachValue(search, name, below, yield) {
				return false
			}
		}
		return true
	}
	return yield(strings.Trim(name, "."), value)
}
