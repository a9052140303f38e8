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
// column for each peer: first the verdicts and their times, then the traffic.
// A round trip takes rtt milliseconds.
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
	fmt.Fprint(out, "\nNames asked for / connections tried / requests, packets, bytes:\n\n")
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

// footer is the peak memory of each peer over all networks.
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

// sequence lists the verdicts of a run, without repetitions.
func (m measurement) sequence() string {
	if len(m.Reports) == 0 {
		return "nothing"
	}
	var verdicts []string
	for _, s := range m.Reports {
		verdicts = append(verdicts, s.Verdict)
	}
	return strings.Join(slices.Compact(verdicts), " → ")
}

// last is when a run first reported its final verdict.
func (m measurement) last() (after float64) {
	for i := len(m.Reports) - 1; i >= 0 && m.Reports[i].Verdict == m.Reports[len(m.Reports)-1].Verdict; i-- {
		after = m.Reports[i].After
	}
	return after
}

// alike returns the runs with the most frequent sequence, and describes all sequences.
func alike(runs []measurement) (same []measurement, sequences string) {
	count := map[string]int{}
	for _, m := range runs {
		count[m.sequence()]++
	}
	order := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b))
	})
	described := []string{order[0]}
	if len(order) > 1 {
		described = described[:0]
		for _, sequence := range order {
			described = append(described, fmt.Sprintf("%d × %s", count[sequence], sequence))
		}
	}
	same = slices.DeleteFunc(slices.Clone(runs), func(m measurement) bool { return m.sequence() != order[0] })
	return same, strings.Join(described, ", ")
}

func verdicts(runs []measurement, trip float64) string {
	same, sequences := alike(runs)
	after := median(same, measurement.last)
	if len(same[0].Reports) == 0 {
		return sequences
	}
	return fmt.Sprintf("%s %.0f, %.1f", sequences, after, after/trip)
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
		number(func(t traffic) int { return t.Bytes }))
}

func median(all []measurement, of func(measurement) float64) float64 {
	var numbers []float64
	for _, m := range all {
		numbers = append(numbers, of(m))
	}
	slices.Sort(numbers)
	return numbers[len(numbers)/2]
}
