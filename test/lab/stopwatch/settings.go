package main

import (
	"errors"
	"flag"
	"regexp"
	"strings"
	"time"
)

// settings are the flags of measure.
type settings struct {
	peer, network string // names for the table
	iface         string
	verdict       *regexp.Regexp    // of a line with a verdict, which is the last group
	names         map[string]string // of verdicts that are numbers
	process       int               // whose memory to measure, if not the command's
	bus           string            // daemon whose signals are the lines
	follow        string            // file whose new lines are the lines
	limit         time.Duration
	settle        time.Duration
	trace         bool
	command       []string
}

func parse(args []string) (settings, error) {
	s := settings{names: map[string]string{}}
	flags := flag.NewFlagSet("measure", flag.ContinueOnError)
	flags.StringVar(&s.peer, "peer", "", "`NAME` of what is measured")
	flags.StringVar(&s.network, "network", "", "`NAME` of the network it is measured on")
	flags.StringVar(&s.iface, "interface", "eth0", "the `INTERFACE`")
	verdict := flags.String("verdict", "(.+)", "`REGEXP` of a line with a verdict")
	flags.StringVar(&s.bus, "bus", "", "`NAME` on the system bus; its signals are the lines")
	flags.StringVar(&s.follow, "follow", "", "`FILE` whose new lines are read")
	flags.IntVar(&s.process, "process", 0, "`PID` of the daemon")
	flags.DurationVar(&s.limit, "limit", 30*time.Second, "give up after this `TIME`")
	flags.DurationVar(&s.settle, "settle", time.Second, "a daemon's verdict is final after this `TIME` without another")
	flags.BoolVar(&s.trace, "trace", false, "also print every packet")
	flags.Func("name", "`NUMBER=VERDICT`: name a verdict; may be repeated", func(pair string) error {
		number, name, ok := strings.Cut(pair, "=")
		if !ok {
			return errors.New("want NUMBER=VERDICT")
		}
		s.names[number] = name
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if s.command = flags.Args(); len(s.command) == 0 {
		return s, errors.New("want a command")
	}
	var err error
	s.verdict, err = regexp.Compile(*verdict)
	return s, err
}
