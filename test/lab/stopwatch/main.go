// Stopwatch measures how long a connectivity check takes to its verdict, and what it
// sends meanwhile.
//
//	stopwatch measure -interface IF -verdict REGEXP [more flags] COMMAND...
//	stopwatch table <MEASUREMENTS
//
// With -bus or -follow, COMMAND only brings the link up, and the verdict is that of a
// daemon: the clock starts when the interface gets its default route. Without them,
// COMMAND is the check, and the clock starts with it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	var err error
	switch {
	case len(args) > 0 && args[0] == "measure":
		err = measure(args[1:])
	case len(args) == 2 && args[0] == "table":
		err = table(os.Stdin, os.Stdout, args[1])
	default:
		fmt.Fprintln(os.Stderr, "usage: stopwatch measure ... | stopwatch table BASE")
		return 2
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "stopwatch:", err)
		return 1
	}
	return 0
}

// measurement is one run. Durations are in milliseconds.
type measurement struct {
	Peer    string   `json:"peer"`
	Network string   `json:"network"`
	Reports []report `json:"reports"` // all reported verdicts, in order; the last one is final
	Ended   float64  `json:"ended,omitempty"`
	Memory  int64    `json:"memory_kib,omitempty"`
	Traffic traffic  `json:"traffic"`
}

// report is one reported verdict.
type report struct {
	Verdict string  `json:"verdict"`
	After   float64 `json:"after"`
}

func measure(args []string) error {
	s, err := parse(args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	wire, err := listen(ctx, s.iface)
	if err != nil {
		return err
	}
	m := measurement{Peer: s.peer, Network: s.network}
	run := s.once
	if s.bus != "" || s.follow != "" {
		run = s.daemon
	}
	start, err := run(ctx, &m)
	if err != nil {
		return err
	}
	end := time.Now()
	if m.Ended == 0 && len(m.Reports) > 0 { // a daemon, which continues
		end = start.Add(time.Duration(m.last())*time.Millisecond + inFlight)
	}
	if s.process != 0 {
		m.Memory = peak(s.process)
	}
	m.Traffic = wire.summary(start, end)
	if s.trace {
		wire.print(os.Stderr, start)
	}
	return json.NewEncoder(os.Stdout).Encode(m)
}

// inFlight is the time for packets that belong to a verdict to arrive.
const inFlight = 300 * time.Millisecond

func milliseconds(d time.Duration) float64 { return float64(d.Round(100*time.Microsecond)) / 1e6 }
