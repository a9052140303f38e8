package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// harEntries are the first entries of a file only: a million empty objects are three megabytes of text, and a thousand
// times that in memory.
type harEntries struct {
	list  []harEntry
	count int // also of the entries that are left out
}

// UnmarshalJSON keeps at most as many entries as a capture may have.
func (l *harEntries) UnmarshalJSON(data []byte) error {
	if !bytes.HasPrefix(data, []byte("[")) {
		return json.Unmarshal(data, &l.list)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	if _, err := decoder.Token(); err != nil {
		return err
	}
	for ; decoder.More() && len(l.list) < MaxEntries; l.count++ {
		var element harEntry
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

// harPairs reads the lists of pairs in one file, which have a bound together.
type harPairs struct {
	left int // of pairs
}

// read calls a function with each pair of a list that has a name or a value.
func (p *harPairs) read(list json.RawMessage, take func(harPair) error) error {
	if len(list) == 0 || string(list) == "null" {
		return nil
	}
	if list[0] != '[' {
		return notHAR(json.Unmarshal(list, &[]harPair{}))
	}
	decoder := json.NewDecoder(bytes.NewReader(list))
	if _, err := decoder.Token(); err != nil {
		return notHAR(err)
	}
	for ; decoder.More(); p.left-- {
		if p.left == 0 {
			return fmt.Errorf("more than %d headers and fields; record the login alone", maxAll)
		}
		var pair harPair
		if err := decoder.Decode(&pair); err != nil {
			return notHAR(err)
		}
		if pair == (harPair{}) {
			continue
		}
		if err := take(pair); err != nil {
			return err
		}
	}
	return nil
}

// header returns a list as a header, without the pseudo-headers of HTTP/2.
func (p *harPairs) header(list json.RawMessage) (http.Header, error) {
	header, count := http.Header{}, 0
	return header, p.read(list, func(pair harPair) error {
		if count++; count <= maxPairs && !strings.HasPrefix(pair.Name, ":") {
			header.Add(pair.Name, pair.Value)
		}
		return nil
	})
}

func notHAR(err error) error { return fmt.Errorf("not a HAR: %w", err) }

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
