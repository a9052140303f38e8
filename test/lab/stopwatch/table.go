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

// table reads measurements and writes them as Markdown, a row for each network and a
// column for each peer: first the verdicts and when they came, then what was sent.
// RTT is how many milliseconds a round trip takes.
func table(in io.Reader, out io.Writer, rtt string) error {
	trip, err := strconv.ParseFloat(rtt, 64)
	if err != nil {
		return err
	}
	r, err := read(in)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Verdict, milliseconds, round trips of %s ms:\n\n", rtt)
	r.print(out, func(runs []measurement) string { return verdicts(runs, trip) })
	fmt.Fprint(out, "\nNames asked for / connections tried / requests, packets, octets:\n\n")
	r.print(out, wired)
	fmt.Fprint(out, "\nPeak resident memory, MB:\n\n")
	r.footer(out)
	return nil
}

// results are all measurements, with networks and peers in the order of their first appearance.
type results struct {
	networks, peers []string
	runs            map[pair][]measurement
}

type pair struct{ network, peer string }

func read(in io.Reader) (results, error) {
	r := results{runs: map[pair][]measurement{}}
	for decoder := json.NewDecoder(in); ; {
		var m measurement
		if err := decoder.Decode(&m); errors.Is(err, io.EOF) {
			return r, nil
		} else if err != nil {
			return r, fmt.Errorf("read measurements: %w", err)
		}
		if !slices.Contains(r.networks, m.Network) {
			r.networks = append(r.networks, m.Network)
		}
		if !slices.Contains(r.peers, m.Peer) {
			r.peers = append(r.peers, m.Peer)
		}
		key := pair{m.Network, m.Peer}
		r.runs[key] = append(r.runs[key], m)
	}
}

func (r results) print(out io.Writer, cell func([]measurement) string) {
	r.heading(out, "network")
	for _, network := range r.networks {
		fmt.Fprintf(out, "| %s |", network)
		for _, peer := range r.peers {
			text := "–"
			if runs := r.runs[pair{network, peer}]; runs != nil {
				text = cell(runs)
			}
			fmt.Fprintf(out, " %s |", text)
		}
		fmt.Fprintln(out)
	}
}

func (r results) heading(out io.Writer, first string) {
	fmt.Fprintf(out, "| %s | %s |\n|---|%s\n", first, strings.Join(r.peers, " | "), strings.Repeat("---|", len(r.peers)))
}

// footer is the memory of each peer, on whichever network it took most.
func (r results) footer(out io.Writer) {
	r.heading(out, "")
	fmt.Fprint(out, "| peak |")
	for _, peer := range r.peers {
		most := int64(0)
		for _, network := range r.networks {
			for _, m := range r.runs[pair{network, peer}] {
				most = max(most, m.Memory)
			}
		}
		fmt.Fprintf(out, " %.1f |", float64(most)*1024/1e6)
	}
	fmt.Fprintln(out)
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

// last is when a run first said what it said in the end.
func (m measurement) last() (after float64) {
	for i := len(m.Said) - 1; i >= 0 && m.Said[i].Verdict == m.Said[len(m.Said)-1].Verdict; i-- {
		after = m.Said[i].After
	}
	return after
}

// alike returns the runs with the most frequent story, and all stories if there are others.
func alike(runs []measurement) (same []measurement, stories string) {
	count := map[string]int{}
	for _, m := range runs {
		count[m.story()]++
	}
	order := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b))
	})
	told := []string{order[0]}
	if len(order) > 1 {
		told = told[:0]
		for _, story := range order {
			told = append(told, fmt.Sprintf("%d × %s", count[story], story))
		}
	}
	same = slices.DeleteFunc(slices.Clone(runs), func(m measurement) bool { return m.story() != order[0] })
	return same, strings.Join(told, ", ")
}

func verdicts(runs []measurement, trip float64) string {
	same, stories := alike(runs)
	after := median(same, measurement.last)
	if len(same[0].Said) == 0 {
		return stories
	}
	return fmt.Sprintf("%s %.0f, %.1f", stories, after, after/trip)
}

func wired(runs []measurement) string {
	same, _ := alike(runs)
	number := func(of func(traffic) int) float64 {
		return median(same, func(m measurement) float64 { return float64(of(m.Traffic)) })
	}
	return fmt.Sprintf("%.0f / %.0f / %.0f, %.0f, %.0f",
		number(func(t traffic) int { return t.Names }),
		number(func(t traffic) int { return t.Connects }),
		number(func(t traffic) int { return t.Requests }),
		number(func(t traffic) int { return t.Packets }),
		number(func(t traffic) int { return t.Octets }))
}

func median(all []measurement, of func(measurement) float64) float64 {
	var numbers []float64
	for _, m := range all {
		numbers = append(numbers, of(m))
	}
	slices.Sort(numbers)
	return numbers[len(numbers)/2]
}
