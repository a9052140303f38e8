package consent

import (
	"fmt"
	"slices"

	"hotspot-helper/internal/maker"
)

// Adopt completes the records of older versions, which have no maker: owner returns whom the
// answers for a helper belong to, and the digests of the terms that it asks about. Consent to
// cleartext then also covered shared hosts, so it becomes two records. Adopt returns the
// records that it completed.
func (s Store) Adopt(owner func(helper string) (maker.Maker, []string)) ([]Record, error) {
	records, err := s.Records()
	if err != nil || !slices.ContainsFunc(records, Record.isOld) {
		return nil, err
	}
	var adopted []Record
	err = s.update(func(records []Record) []Record {
		all, old := split(records)
		adopted = completed(old, owner)
		for _, r := range adopted {
			if !slices.ContainsFunc(all, func(other Record) bool { return compare(r, other) == 0 }) {
				all = append(all, r)
			}
		}
		return all
	})
	if err != nil {
		return nil, fmt.Errorf("complete consents: %w", err)
	}
	return adopted, nil
}

// completed returns records of older versions with their makers.
func completed(old []Record, owner func(helper string) (maker.Maker, []string)) []Record {
	var all []Record
	for _, r := range old {
		m, texts := owner(r.Helper)
		r.Maker = m
		if r.Kind == KindTerms && r.Answer == Always {
			r.Texts = texts
		}
		all = append(all, r)
		if r.Kind == KindCleartext {
			r.Kind = KindSharedHost
			all = append(all, r)
		}
	}
	return all
}

// isOld reports whether an older version wrote the record.
func (r Record) isOld() bool { return r.Maker == "" }

// split separates the records of older versions from the others.
func split(records []Record) (current, old []Record) {
	for _, r := range records {
		if r.isOld() {
			old = append(old, r)
		} else {
			current = append(current, r)
		}
	}
	return current, old
}
