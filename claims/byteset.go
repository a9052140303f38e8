package claims

import (
	"bytes"
	"hash/maphash"
	"slices"
)

// byteSet is a set of millions of short byte strings. They are stored one after the other,
// each behind its length, and found by their hash.
type byteSet struct {
	seed    maphash.Seed
	records []byte
	offsets postings // of the records, by the hash of the string
	lengths uint64   // bit n: there is a string of n bytes
}

// maxMember is the length in bytes of the longest string that a set can have.
const maxMember = 63

// newByteSet makes a set of records, each a length and a string. It takes the records over,
// and keeps one of those that are the same.
func newByteSet(records []byte) *byteSet {
	s := &byteSet{seed: maphash.MakeSeed(), records: records}
	s.index()
	if repeated := s.repeated(); len(repeated) > 0 {
		s.remove(repeated)
		s.index()
	}
	for record := range s.all {
		s.lengths |= 1 << len(record)
	}
	return s
}

// index finds the offset of each record.
func (s *byteSet) index() {
	s.offsets = newPostings(func(add func(hash, number uint32)) {
		at := uint32(0)
		for record := range s.all {
			add(uint32(maphash.Bytes(s.seed, record)>>32), at)
			at += 1 + uint32(len(record))
		}
	})
}

// repeated returns the offsets of records that are the same as an earlier one, in ascending
// order.
func (s *byteSet) repeated() []uint32 {
	var found []uint32
	var distinct []uint32 // records that have the same hash
	before := uint64(0)
	for _, entry := range s.offsets.entries {
		if entry>>32 != before>>32 {
			distinct = distinct[:0]
		}
		before = entry
		if slices.ContainsFunc(distinct, func(at uint32) bool { return bytes.Equal(s.record(at), s.record(uint32(entry))) }) {
			found = append(found, uint32(entry))
			continue
		}
		distinct = append(distinct, uint32(entry))
	}
	slices.Sort(found)
	return found
}

// remove removes the records at offsets, which are in ascending order.
func (s *byteSet) remove(offsets []uint32) {
	kept := s.records[:0]
	for at := 0; at < len(s.records); {
		end := at + 1 + int(s.records[at])
		if len(offsets) > 0 && offsets[0] == uint32(at) {
			offsets = offsets[1:]
		} else {
			kept = append(kept, s.records[at:end]...)
		}
		at = end
	}
	s.records = kept
}

// record returns the string at an offset.
func (s *byteSet) record(at uint32) []byte {
	return s.records[at+1:][:s.records[at]]
}

// all yields each string.
func (s *byteSet) all(yield func([]byte) bool) {
	for rest := s.records; len(rest) > 0; {
		n := 1 + int(rest[0])
		if !yield(rest[1:n]) {
			return
		}
		rest = rest[n:]
	}
}

// has reports whether the string is in the set. A nil set is empty.
func (s *byteSet) has(text string) bool {
	if s == nil || len(text) > maxMember || s.lengths&(1<<len(text)) == 0 {
		return false
	}
	for _, entry := range s.offsets.find(uint32(maphash.String(s.seed, text) >> 32)) {
		if string(s.record(uint32(entry))) == text {
			return true
		}
	}
	return false
}

// hasPrefixOf reports whether a prefix of the string is in the set.
func (s *byteSet) hasPrefixOf(text string) bool {
	for n := 1; s != nil && n <= len(text); n++ {
		if s.has(text[:n]) {
			return true
		}
	}
	return false
}
