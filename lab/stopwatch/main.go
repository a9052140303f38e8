// Stopwatch measures how long a connectivity check takes to its verdict, and what it
// puts on the wire meanwhile.
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
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
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

// settings are the flags of measure.
type settings struct {
	iface   string
	verdict *regexp.Regexp    // of a line that tells; the first group is what it says
	own     *regexp.Regexp    // of a line with the time that the check took by its own account, in nanoseconds
	names   map[string]string // of verdicts that are said in numbers
	process int               // whose memory is meant, where it is not COMMAND's
	bus     string            // daemon whose signals are the lines
	follow  string            // file whose new lines are the lines
	limit   time.Duration
	settle  time.Duration
	command []string
}

// measurement is one run. Durations are in milliseconds.
type measurement struct {
	Peer    string  `json:"peer"`
	Network string  `json:"network"`
	Said    []said  `json:"said"`          // all that was said of the link, in order; the last one holds
	Own     float64 `json:"own,omitempty"` // what the check says it took, without its start and what it did after the verdict
	Ended   float64 `json:"ended,omitempty"`
	Memory  int64   `json:"memory_kib,omitempty"`
	Traffic traffic `json:"traffic"`
}

type said struct {
	Verdict string  `json:"verdict"`
	After   float64 `json:"after"`
}

func measure(args []string) error {
	s := settings{names: map[string]string{}}
	var m measurement
	var verdict, own string
	var trace bool
	flags := flag.NewFlagSet("measure", flag.ContinueOnError)
	flags.StringVar(&m.Peer, "peer", "", "`NAME` of what is measured")
	flags.StringVar(&m.Network, "network", "", "`NAME` of the network it is measured on")
	flags.StringVar(&s.iface, "interface", "eth0", "the `INTERFACE`")
	flags.StringVar(&verdict, "verdict", "(.+)", "`REGEXP` of the line that tells")
	flags.StringVar(&own, "own", "^$", "`REGEXP` of the line with the nanoseconds that the check says it took")
	flags.StringVar(&s.bus, "bus", "", "`NAME` on the system bus whose signals tell")
	flags.StringVar(&s.follow, "follow", "", "`FILE` whose new lines tell")
	flags.Func("name", "`SAID=VERDICT`: call a verdict so; may be repeated", func(pair string) error {
		number, name, ok := strings.Cut(pair, "=")
		if !ok {
			return errors.New("want SAID=VERDICT")
		}
		s.names[number] = name
		return nil
	})
	flags.IntVar(&s.process, "process", 0, "`PID` of the daemon")
	flags.DurationVar(&s.limit, "limit", 30*time.Second, "give up after this `TIME`")
	flags.DurationVar(&s.settle, "settle", time.Second, "a daemon's word holds when nothing else is said for this `TIME`")
	flags.BoolVar(&trace, "trace", false, "also print every packet")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s.command = flags.Args()
	var err error
	if s.verdict, err = regexp.Compile(verdict); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if s.own, err = regexp.Compile(own); err != nil {
		return err
	}
	wire, err := listen(ctx, s.iface)
	if err != nil {
		return err
	}
	var start time.Time
	if s.bus == "" && s.follow == "" {
		start, err = s.once(ctx, &m)
	} else {
		start, err = s.daemon(ctx, &m)
	}
	if err != nil {
		return err
	}
	end := time.Now()
	if m.Ended == 0 && len(m.Said) > 0 { // a daemon, which goes on
		_, after := m.last()
		end = start.Add(time.Duration(after)*time.Millisecond + inFlight)
	}
	if s.process != 0 {
		m.Memory = peak(s.process)
	}
	m.Traffic = wire.summary(start, end)
	if trace {
		wire.print(os.Stderr, start)
	}
	return json.NewEncoder(os.Stdout).Encode(m)
}

// inFlight is how long packets may take that belong to a verdict.
const inFlight = 300 * time.Millisecond

func milliseconds(d time.Duration) float64 { return float64(d.Round(100*time.Microsecond)) / 1e6 }
