package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// table reads measurements and writes them as Markdown, a row for each network and
// peer: the median of each number over the runs that ended with the most frequent verdict.
// RTT is how many milliseconds a round trip takes.
func table(in io.Reader, out io.Writer, rtt string) error {
	trip, err := strconv.ParseFloat(rtt, 64)
	if err != nil {
		return err
	}
	runs, order, err := read(in)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "| network | who | verdict (of how many runs) | ms | RTT | own, ms | ended, ms | names | connects | requests | packets | octets | RSS, MB |")
	fmt.Fprintln(out, "|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
	network := ""
	for _, key := range order {
		title := ""
		if key.network != network {
			network, title = key.network, key.network
		}
		fmt.Fprintf(out, "| %s | %s | %s |\n", title, key.peer, strings.Join(row(runs[key], trip), " | "))
	}
	return nil
}

// pair is what the table has a row for.
type pair struct{ network, peer string }

// read sorts measurements by network and peer, both in the order of their first appearance.
func read(in io.Reader) (runs map[pair][]measurement, order []pair, err error) {
	runs = map[pair][]measurement{}
	networks := map[string]int{}
	for decoder := json.NewDecoder(in); ; {
		var m measurement
		if err := decoder.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, nil, fmt.Errorf("read measurements: %w", err)
		}
		if _, known := networks[m.Network]; !known {
			networks[m.Network] = len(networks)
		}
		key := pair{m.Network, m.Peer}
		if runs[key] == nil {
			order = append(order, key)
		}
		runs[key] = append(runs[key], m)
	}
	slices.SortStableFunc(order, func(a, b pair) int { return networks[a.network] - networks[b.network] })
	return runs, order, nil
}

// story is all that a run said, without what it said again.
func (m measurement) story() string {
	if len(m.Said) == 0 {
		return "nothing"
	}
	var verdicts []string
	for _, s := range m.Said {
		verdicts = append(verdicts, s.Verdict)
	}
	return strings.Join(slices.Compact(verdicts), " → ")
}

// last is what a run came to say in the end, and when first.
func (m measurement) last() (verdict string, after float64) {
	if len(m.Said) == 0 {
		return "nothing", 0
	}
	end := m.Said[len(m.Said)-1]
	// What is said again was known the first time.
	for i := len(m.Said) - 1; i >= 0 && m.Said[i].Verdict == end.Verdict; i-- {
		end = m.Said[i]
	}
	return end.Verdict, end.After
}

// row is what the table says of runs that should be alike.
func row(all []measurement, trip float64) []string {
	count := map[string]int{}
	for _, m := range all {
		count[m.story()]++
	}
	stories := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b))
	})
	said := make([]string, 0, len(stories))
	for _, story := range stories {
		said = append(said, fmt.Sprintf("%s (%d)", story, count[story]))
	}
	same := slices.DeleteFunc(slices.Clone(all), func(m measurement) bool { return m.story() != stories[0] })
	after := median(same, func(m measurement) float64 { _, at := m.last(); return at })
	number := func(of func(measurement) int) string {
		return strconv.FormatFloat(median(same, func(m measurement) float64 { return float64(of(m)) }), 'f', 0, 64)
	}
	return []string{
		strings.Join(said, ", "),
		orDash("%.0f", after),
		orDash("%.1f", after/trip),
		orDash("%.0f", median(same, func(m measurement) float64 { return m.Own })),
		orDash("%.0f", median(same, func(m measurement) float64 { return m.Ended })),
		number(func(m measurement) int { return m.Traffic.Names }),
		number(func(m measurement) int { return m.Traffic.Connects }),
		number(func(m measurement) int { return m.Traffic.Requests }),
		number(func(m measurement) int { return m.Traffic.Packets }),
		number(func(m measurement) int { return m.Traffic.Octets }),
		orDash("%.1f", median(same, func(m measurement) float64 { return float64(m.Memory) * 1024 / 1e6 })),
	}
}

func orDash(format string, number float64) string {
	if number == 0 {
		return "–"
	}
	return fmt.Sprintf(format, number)
}

func median(all []measurement, of func(measurement) float64) float64 {
	var numbers []float64
	for _, m := range all {
		numbers = append(numbers, of(m))
	}
	slices.Sort(numbers)
	return numbers[len(numbers)/2]
}
