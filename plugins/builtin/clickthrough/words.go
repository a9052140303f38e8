package clickthrough

import (
	_ "embed"
	"fmt"
	"slices"
	"sync"

	"hotspot-helper/internal/strict"
)

//go:embed words.toml
var wordsFile []byte

// wordsData is the content of words.toml.
type wordsData struct {
	Languages map[string]wordLists `toml:"language"`
	Money     struct {
		Before []string `toml:"before"`
		After  []string `toml:"after"`

		BeforeClose []string `toml:"before_close"`
		AfterClose  []string `toml:"after_close"`
		Priced      []string `toml:"priced"`
		Linking     []string `toml:"linking"`
	} `toml:"money"`
	Attribute attributeLists `toml:"attribute"`
}

type wordLists struct {
	Accept    []string `toml:"accept"`
	Continue  []string `toml:"continue"`
	Decline   []string `toml:"decline"`
	Not       []string `toml:"not"`
	Pay       []string `toml:"pay"`
	Charged   []string `toml:"charged"`
	Marketing []string `toml:"marketing"`
	Logout    []string `toml:"logout"`
	Terms     []string `toml:"terms"`
	Info      []string `toml:"info"`
	Social    []string `toml:"social"`
	Required  []string `toml:"required"`
	Optional  []string `toml:"optional"`
	Name      []string `toml:"name"`
	FirstName []string `toml:"first_name"`
	LastName  []string `toml:"last_name"`
	Email     []string `toml:"email"`
	Phone     []string `toml:"phone"`
	Company   []string `toml:"company"`
	Room      []string `toml:"room"`
	City      []string `toml:"city"`
	Postcode  []string `toml:"postcode"`
	Country   []string `toml:"country"`
	Account   []string `toml:"account"`
	Number    []string `toml:"number"`
	Card      []string `toml:"card"`
}

type attributeLists struct {
	Logout   []string `toml:"logout"`
	Decline  []string `toml:"decline"`
	Pay      []string `toml:"pay"`
	Amount   []string `toml:"amount"`
	Continue []string `toml:"continue"`
	Accept   []string `toml:"accept"`
	Action   []string `toml:"action"`
	Joined   []string `toml:"joined"`
	// Ambiguous are words of [wordLists.Pay], Logout and Decline that say nothing in a name.
	Ambiguous []string `toml:"ambiguous"`
}

// kind is what a word says. Kinds are bits of [kinds].
type kind uint8

const (
	accept kind = iota
	goOn
	decline
	not
	pay
	charged
	marketing
	logout
	terms
	info
	social
	required
	optional
	fieldName
	fieldFirstName
	fieldLastName
	fieldEmail
	fieldPhone
	fieldCompany
	fieldRoom
	fieldCity
	fieldPostcode
	fieldCountry
	account
	card
	amount
	action
	moneyBefore
	moneyAfter
	priced
	linking
	joined
	overlong // not all of it was read
)

// kinds is a set of kinds.
type kinds uint64

func (k kinds) has(one kind) bool { return k&(1<<one) != 0 }

// hasAny reports whether the set has one of some kinds.
func (k kinds) hasAny(some ...kind) bool {
	for _, one := range some {
		if k.has(one) {
			return true
		}
	}
	return false
}

func (k *kinds) add(one kind) { *k |= 1 << one }

// wordList is one list of words.toml.
type wordList struct {
	kind    kind
	key     string
	phrases []string
}

func (w *wordLists) all() []wordList {
	return []wordList{
		{accept, "accept", w.Accept},
		{goOn, "continue", w.Continue},
		{decline, "decline", w.Decline},
		{not, "not", w.Not},
		{pay, "pay", w.Pay},
		{charged, "charged", w.Charged},
		{marketing, "marketing", w.Marketing},
		{logout, "logout", w.Logout},
		{terms, "terms", w.Terms},
		{info, "info", w.Info},
		{social, "social", w.Social},
		{required, "required", w.Required},
		{optional, "optional", w.Optional},
		{fieldName, "name", w.Name},
		{fieldFirstName, "first_name", w.FirstName},
		{fieldLastName, "last_name", w.LastName},
		{fieldEmail, "email", w.Email},
		{fieldPhone, "phone", w.Phone},
		{fieldCompany, "company", w.Company},
		{fieldRoom, "room", w.Room},
		{fieldCity, "city", w.City},
		{fieldPostcode, "postcode", w.Postcode},
		{fieldCountry, "country", w.Country},
		{account, "account", w.Account},
		{card, "card", w.Card},
	}
}

func (w *attributeLists) all() []wordList {
	return []wordList{
		{logout, "logout", w.Logout},
		{decline, "decline", w.Decline},
		{pay, "pay", w.Pay},
		{amount, "amount", w.Amount},
		{goOn, "continue", w.Continue},
		{accept, "accept", w.Accept},
		{action, "action", w.Action},
	}
}

// vocabulary is what words.toml says.
type vocabulary struct {
	text      *lexicon // of what a person reads
	attribute *lexicon // of names and addresses
	number    *lexicon // numbers in words
	money     *lexicon // what makes a number a price only in its place
	joined    *lexicon // words that are written together with those of attribute
}

// Load reads the lists of words, which the first page takes a moment for otherwise.
func Load() { words() }

// words returns the embedded vocabulary, read at first use. It panics on a mistake in the file, which
// a test would find.
var words = sync.OnceValue(func() vocabulary {
	v, err := parseWords(wordsFile)
	if err != nil {
		panic(err)
	}
	return v
})

// parseWords reads words.toml. The error has all mistakes: [strict.Mistakes].
func parseWords(data []byte) (vocabulary, error) {
	var raw wordsData
	doc, err := strict.Decode("words.toml", data, &raw)
	if doc == nil {
		return vocabulary{}, fmt.Errorf("read words: %w", err)
	}
	v := vocabulary{newLexicon(), newLexicon(), newLexicon(), newLexicon(), newLexicon()}
	add := func(l *lexicon, list wordList, at ...any) {
		for i, phrase := range list.phrases {
			if !l.add(list.kind, phrase) {
				doc.Report(append(slices.Clone(at), list.key, i), "want a phrase, with * at the end or beginning of a word only, not %q", phrase)
			}
		}
	}
	for name, lists := range raw.Languages {
		for _, list := range lists.all() {
			add(v.text, list, "language", name)
		}
		add(v.number, wordList{moneyBefore, "number", lists.Number}, "language", name)
	}
	for _, list := range raw.Attribute.all() {
		add(v.attribute, list, "attribute")
	}
	add(v.text, wordList{moneyBefore, "before", raw.Money.Before}, "money")
	add(v.text, wordList{moneyAfter, "after", raw.Money.After}, "money")
	for _, list := range []wordList{
		{moneyBefore, "before_close", raw.Money.BeforeClose},
		{moneyAfter, "after_close", raw.Money.AfterClose},
		{priced, "priced", raw.Money.Priced},
		{linking, "linking", raw.Money.Linking},
	} {
		add(v.money, list, "money")
	}
	add(v.joined, wordList{joined, "joined", raw.Attribute.Joined}, "attribute")
	if err := doc.Err(); err != nil {
		return vocabulary{}, fmt.Errorf("read words: %w", err)
	}
	for name, lists := range raw.Languages {
		if name != "en" { // whose words for names are chosen by hand
			v.addToAttributes(&lists, raw.Attribute.Ambiguous)
		}
	}
	return v, nil
}

// The lengths in characters from which a word of a language counts in names, too: shorter ones are
// there for other reasons.
const (
	shortestInNames  = 4
	shortestUnspaced = 2 // in scripts without spaces
)

// addToAttributes lets words of a language for a payment, a logout or a refusal count in names and
// addresses, unless they also say something harmless.
func (v vocabulary) addToAttributes(lists *wordLists, ambiguous []string) {
	for _, list := range []wordList{{pay, "pay", lists.Pay}, {logout, "logout", lists.Logout}, {decline, "decline", lists.Decline}} {
		for _, phrase := range list.phrases {
			tokens, shortest := tokenize(phrase), shortestInNames
			if list.kind == decline {
				shortest++
			}
			if isUnspaced([]rune(phrase)[0]) {
				shortest = shortestUnspaced
			}
			says, _ := v.text.at(tokens)
			inNames, _ := v.attribute.at(tokens)
			if len([]rune(phrase)) >= shortest && !says.hasAny(accept, goOn, info, terms, marketing) && !inNames.has(amount) && !slices.Contains(ambiguous, phrase) {
				v.attribute.add(list.kind, phrase)
			}
		}
	}
}
