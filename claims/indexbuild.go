package claims

import (
	"encoding/binary"
	"hash/maphash"
	"slices"
)

// table finds helpers by keys. The zero value finds none.
type table struct {
	seed     maphash.Seed
	helpers  postings                          // by the hash of a key
	fields   []field                           // those with keys
	lengths  [fieldCount][positionCount]uint64 // bit n: there are keys of n bytes
	grams    [fieldCount]gramFilter
	markup   []int  // helpers that are entered under a word of a page's markup
	always   []int  // helpers whose rules have no key: each could claim anything
	hasRules []bool // by helper: some rule of it is in the table
}

// has reports whether the table has a rule of the helper.
func (t *table) has(helper int) bool { return helper < len(t.hasRules) && t.hasRules[helper] }

// hash is what a key is found by.
func (t *table) hash(f field, p position, text string) uint32 {
	return uint32((maphash.String(t.seed, text) ^ salt(f, p)) >> 32)
}

func (t *table) hashBytes(f field, p position, text []byte) uint32 {
	return uint32((maphash.Bytes(t.seed, text) ^ salt(f, p)) >> 32)
}

// salt keeps the same text in different fields apart.
func salt(f field, p position) uint64 {
	return (uint64(f)*uint64(positionCount) + uint64(p) + 1) * 0x9e3779b97f4a7c15
}

// gramFilter is a Bloom filter with one hash: most grams that the table does not have are
// not in it.
type gramFilter []uint64

func newGramFilter(count int) gramFilter {
	words := 1
	for words*4 < count && words < 1<<14 {
		words *= 2
	}
	return make(gramFilter, words)
}

func (g gramFilter) bit(gram uint32) (word int, bit uint64) {
	h := gram * 0x9e3779b1
	return int(h>>16) & (len(g) - 1), 1 << (h >> 10 & 63)
}

func (g gramFilter) add(gram uint32) {
	word, bit := g.bit(gram)
	g[word] |= bit
}

func (g gramFilter) mayHave(gram uint32) bool {
	word, bit := g.bit(gram)
	return g[word]&bit != 0
}

// tableBuilder collects rules, and then enters each under the clause whose keys the fewest other
// rules have.
type tableBuilder struct {
	table table
	rules []indexableRule
	used  [1 << 16]uint32 // how many keys have a hash, by its upper half

	most map[*byteSet]uint32 // uses of the most used member of sets; 0: not known yet
}

// indexableRule is a rule of a helper with its clauses.
type indexableRule struct {
	helper  int
	clauses []clause
}

func newTableBuilder() *tableBuilder {
	return &tableBuilder{table: table{seed: maphash.MakeSeed()}, most: map[*byteSet]uint32{}}
}

func (b *tableBuilder) add(helper int, rule *rule) {
	b.table.hasRules = append(b.table.hasRules, make([]bool, max(0, helper+1-len(b.table.hasRules)))...)
	b.table.hasRules[helper] = true
	clauses := rule.clauses()
	if len(clauses) == 0 {
		b.table.always = append(b.table.always, helper)
		return
	}
	b.rules = append(b.rules, indexableRule{helper, clauses})
	for _, c := range clauses {
		for _, keys := range c.alternatives {
			for _, k := range keys {
				b.used[b.table.hash(k.field, k.position, k.text)>>16]++
			}
		}
		for _, set := range c.sets {
			if _, known := b.most[set]; known {
				continue // rules of a pack share its lists
			}
			b.most[set] = 0
			for hash := range b.table.members(set, c.of) {
				b.used[hash>>16]++
			}
		}
	}
}

// members yields the hashes of what is in a set, of keys in a field and a position.
func (t *table) members(set *byteSet, of key) func(yield func(uint32) bool) {
	return func(yield func(uint32) bool) {
		for member := range set.all {
			if !yield(t.hashBytes(of.field, of.position, member)) {
				return
			}
		}
	}
}

// owned is a set of a helper.
type owned struct {
	helper int
	set    *byteSet
}

// setsOnce leaves each set of a helper in one clause alone. The clauses share the memory of their sets with the rules.
func (b *tableBuilder) setsOnce(clauses []clause) {
	seen := map[owned]bool{}
	for i, c := range clauses {
		clauses[i].sets = slices.DeleteFunc(slices.Clone(c.sets), func(set *byteSet) bool {
			one := owned{b.rules[i].helper, set}
			known := seen[one]
			seen[one] = true
			return known
		})
	}
}

// build makes the table of all rules that were added.
func (b *tableBuilder) build() table {
	chosen := make([]clause, len(b.rules))
	for i, rule := range b.rules {
		chosen[i] = b.choose(rule.clauses)
	}
	b.setsOnce(chosen)
	b.makeFilters(chosen)
	for i, c := range chosen {
		b.note(b.rules[i].helper, c)
	}
	for f, lengths := range b.table.lengths {
		if lengths != [positionCount]uint64{} {
			b.table.fields = append(b.table.fields, field(f))
		}
	}
	b.table.helpers = newPostings(func(add func(hash, number uint32)) {
		for i, c := range chosen {
			b.enter(c, uint32(b.rules[i].helper), add)
		}
	})
	return b.table
}

// enter adds a helper under the keys of a clause.
func (b *tableBuilder) enter(c clause, helper uint32, add func(hash, number uint32)) {
	for _, keys := range c.alternatives {
		add(b.table.hash(keys[0].field, keys[0].position, keys[0].text), helper)
	}
	for _, set := range c.sets {
		for hash := range b.table.members(set, c.of) {
			add(hash, helper)
		}
	}
}

// makeFilters makes filters as large as the grams of the chosen clauses need.
func (b *tableBuilder) makeFilters(chosen []clause) {
	count := [fieldCount]int{}
	for _, c := range chosen {
		for _, keys := range c.alternatives {
			if keys[0].position == gram {
				count[keys[0].field]++
			}
		}
	}
	for f, n := range count {
		if n > 0 {
			b.table.grams[f] = newGramFilter(n)
		}
	}
}

// choose returns the clause whose most used key has the fewest uses, and of each of its
// alternatives the least used key.
func (b *tableBuilder) choose(clauses []clause) clause {
	best, least := 0, b.mostUsed(clauses[0])
	for i := 1; i < len(clauses); i++ {
		if n := b.mostUsed(clauses[i]); n < least {
			best, least = i, n
		}
	}
	c := clauses[best]
	for i, keys := range c.alternatives {
		c.alternatives[i] = []key{b.leastUsed(keys)}
	}
	return c
}

func (b *tableBuilder) mostUsed(c clause) uint32 {
	most := uint32(0)
	for _, keys := range c.alternatives {
		most = max(most, b.usesOf(b.leastUsed(keys)))
	}
	for _, set := range c.sets {
		if b.most[set] == 0 {
			for hash := range b.table.members(set, c.of) {
				b.most[set] = max(b.most[set], b.used[hash>>16])
			}
		}
		most = max(most, b.most[set])
	}
	return most
}

func (b *tableBuilder) usesOf(k key) uint32 {
	return b.used[b.table.hash(k.field, k.position, k.text)>>16]
}

// leastUsed returns the first of the least used keys.
func (b *tableBuilder) leastUsed(keys []key) key {
	best, least := keys[0], b.usesOf(keys[0])
	for _, k := range keys[1:] {
		if n := b.usesOf(k); n < least {
			best, least = k, n
		}
	}
	return best
}

// note makes searches look for the keys of a clause.
func (b *tableBuilder) note(helper int, c clause) {
	for _, set := range c.sets {
		b.table.lengths[c.of.field][c.of.position] |= set.lengths
	}
	for _, keys := range c.alternatives {
		k := keys[0]
		b.table.lengths[k.field][k.position] |= 1 << min(len(k.text), maxMember)
		if k.position == gram {
			b.table.grams[k.field].add(binary.BigEndian.Uint32([]byte(k.text)))
		}
		if k.field == fieldMarkup {
			b.table.markup = append(b.table.markup, helper)
		}
	}
}
