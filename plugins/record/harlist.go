package record

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"
)

// harList is a list that keeps its first elements only: a million empty objects are three
// megabytes of text, and a thousand times that in memory.
type harList[T any] struct {
	list  []T
	count int // also of the elements that are left out
}

type (
	harEntries struct{ harList[harEntry] }
	harPairs   struct{ harList[harPair] }
)

// UnmarshalJSON keeps at most one element more than a capture may have.
func (l *harEntries) UnmarshalJSON(data []byte) error { return l.read(data, MaxEntries) }

// UnmarshalJSON keeps at most maxPairs elements.
func (l *harPairs) UnmarshalJSON(data []byte) error { return l.read(data, maxPairs) }

func (l *harList[T]) read(data []byte, most int) error {
	if !bytes.HasPrefix(data, []byte("[")) {
		return json.Unmarshal(data, &l.list)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	if _, err := decoder.Token(); err != nil {
		return err
	}
	for ; decoder.More() && len(l.list) < most; l.count++ {
		var element T
		if err := decoder.Decode(&element); err != nil {
			return err
		}
		l.list = append(l.list, element)
	}
	for skipped := (json.RawMessage{}); decoder.More(); l.count++ {
		if err := decoder.Decode(&skipped); err != nil {
			return err
		}
	}
	return nil
}

// sortByTime sorts entries by the time at which they started: some browsers write them in
// another order. Without the time of each, the order stays.
func sortByTime(entries []harEntry) {
	started := map[*harEntry]time.Time{}
	sorted := make([]*harEntry, 0, len(entries))
	for i := range entries {
		at, err := time.Parse(time.RFC3339, entries[i].Started)
		if err != nil {
			return
		}
		started[&entries[i]] = at
		sorted = append(sorted, &entries[i])
	}
	slices.SortStableFunc(sorted, func(a, b *harEntry) int { return started[a].Compare(started[b]) })
	inOrder := make([]harEntry, 0, len(entries))
	for _, entry := range sorted {
		inOrder = append(inOrder, *entry)
	}
	copy(entries, inOrder)
}
