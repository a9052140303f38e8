package main

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJournalHandler(t *testing.T) {
	var out bytes.Buffer
	logger := slog.New(newJournalHandler(&out, slog.LevelDebug))
	logger.Debug("a step", "n", 1)
	logger.Info("portal found", "interface", "wlan0")
	logger.Warn("no bus")
	logger.Error("broke", "error", errors.New("one\ntwo"))
	logger.Log(t.Context(), slog.LevelError+4, "worse")
	logger.Log(t.Context(), slog.LevelInfo+1, "between")
	with := logger.With("interface", "wlan0")
	with.Info("joined", "ssid", "Caf\xe9 \x1b[2J")
	with.WithGroup("probe").Info("asked", "level", "high", "time", "late")
	logger.WithGroup("probe").With("n", 1).Warn("asked again", "n", 2)
	want := `<7>msg="a step" n=1
<6>msg="portal found" interface=wlan0
<4>msg="no bus"
<3>msg=broke error="one\ntwo"
<3>msg=worse
<6>msg=between
<6>msg=joined interface=wlan0 ssid="Caf\xe9 \x1b[2J"
<6>msg=asked interface=wlan0 probe.level=high probe.time=late
<4>msg="asked again" probe.n=1 probe.n=2
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

// TestJournalHandlerTogether writes through loggers that share a handler at once. Lines must
// not be mixed up.
func TestJournalHandlerTogether(t *testing.T) {
	var out bytes.Buffer
	logger := slog.New(newJournalHandler(&out, slog.LevelInfo))
	var writing sync.WaitGroup
	for range 4 {
		writing.Go(func() {
			own := logger.With("a", 1)
			for range 50 {
				own.Info("line", "b", 2)
			}
		})
	}
	writing.Wait()
	if want := strings.Repeat("<6>msg=line a=1 b=2\n", 200); out.String() != want {
		t.Error("lines are mixed up")
	}
}

func TestNewLogger(t *testing.T) {
	const escape = "\x1b["
	for _, test := range []struct {
		name        string
		environment map[string]string
		terminal    bool // stdout
		errTerminal bool // stderr, where the log goes
		verbose     bool
		prefix      string
		colour      bool
		stream      string // stderr
		lines       int
	}{
		{name: "file", lines: 2},
		{name: "verbose", verbose: true, lines: 3},
		{name: "terminal", errTerminal: true, colour: true, lines: 2},
		{name: "terminal without colour", errTerminal: true, environment: map[string]string{"NO_COLOR": "1"}, lines: 2},
		{name: "log goes to a file", terminal: true, lines: 2},
		{name: "journal", errTerminal: true, stream: "8:1", environment: map[string]string{"JOURNAL_STREAM": "8:1"}, prefix: "<6>", lines: 2},
		{name: "journal of the parent", stream: "8:2", environment: map[string]string{"JOURNAL_STREAM": "8:1"}, lines: 2},
		{name: "neither is known", environment: map[string]string{"JOURNAL_STREAM": ""}, lines: 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			logger := env{
				stderr: &out, terminal: test.terminal, errTerminal: test.errTerminal, errStream: test.stream,
				getenv: func(name string) string { return test.environment[name] },
			}.newLogger(test.verbose)
			logger.Debug("step")
			const evil = "evil \x1b]0;x\a\u009b2J"
			logger.With("with", evil).WithGroup("g").Info("portal found", "ssid", evil, slog.Group("exchange", "url", evil), "error", errors.New(evil))
			logger.Warn("broke", "error", errors.New("one\ntwo"))
			got := out.String()
			if n := strings.Count(got, "\n"); n != test.lines {
				t.Errorf("%d lines, want %d: %q", n, test.lines, got)
			}
			if strings.Contains(got, escape) != test.colour {
				t.Errorf("colour is not %v: %q", test.colour, got)
			}
			if !strings.HasPrefix(got, test.prefix) || test.prefix == "" && got[0] == '<' {
				t.Errorf("no prefix %q: %q", test.prefix, got)
			}
			if strings.Contains(got, "\a") || strings.Contains(got, "\x1b]") || strings.Contains(got, "\u009b") {
				t.Errorf("control characters of a network: %q", got)
			}
		})
	}
}

func TestQuietLogger(t *testing.T) {
	var out bytes.Buffer
	e := env{stderr: &out, getenv: func(string) string { return "" }}
	e.quietLogger(false).Error("broke")
	if out.Len() > 0 {
		t.Errorf("it logs %q", out.String())
	}
	e.quietLogger(true).Debug("step")
	if !strings.Contains(out.String(), "step") {
		t.Error("verbose, it logs nothing")
	}
}
