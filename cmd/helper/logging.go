package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/lmittmann/tint"
	"golang.org/x/sys/unix"
)

// streamOf returns the device and inode of an open file as JOURNAL_STREAM has them; empty: they are not known.
func streamOf(fd int) string {
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return ""
	}
	return fmt.Sprintf("%d:%d", stat.Dev, stat.Ino)
}

// newLogger writes to standard error: readable text, or under systemd lines
// that begin with their priority for the journal (sd-daemon(3)).
func (e env) newLogger(verbose bool) *slog.Logger {
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	// A program that systemd started inherits the variable also if its errors go elsewhere
	// (systemd.exec(5), $JOURNAL_STREAM).
	if stream := e.getenv("JOURNAL_STREAM"); stream != "" && stream == e.errStream {
		return slog.New(newJournalHandler(e.stderr, level))
	}
	return slog.New(tint.NewTextHandler(e.stderr, &tint.Options{
		Level:      level,
		TimeFormat: "15:04:05.000",
		NoColor:    !e.errColour(),
		// With colours, tint does not quote escape sequences in values.
		ReplaceAttr: safeAttr,
	}))
}

// safeAttr makes foreign text in an attribute safe for a terminal.
func safeAttr(groups []string, a slog.Attr) slog.Attr {
	level := len(groups) == 0 && a.Key == slog.LevelKey
	if kind := a.Value.Kind(); !level && (kind == slog.KindString || kind == slog.KindAny) {
		return slog.String(a.Key, printableLines(fmt.Sprint(a.Value.Any())))
	}
	return a
}

// journalHandler prefixes each line with its priority for journald, which adds the time itself.
type journalHandler struct {
	slog.Handler

	line *bytes.Buffer // output of the text handler
	mu   *sync.Mutex
	out  io.Writer
}

func newJournalHandler(out io.Writer, level slog.Level) *journalHandler {
	line := &bytes.Buffer{}
	text := slog.NewTextHandler(line, &slog.HandlerOptions{Level: level, ReplaceAttr: bare})
	return &journalHandler{Handler: text, line: line, mu: &sync.Mutex{}, out: out}
}

// bare leaves out time and level, which the journal has.
func bare(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
		return slog.Attr{}
	}
	return a
}

// Handle writes one line.
func (h *journalHandler) Handle(ctx context.Context, record slog.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.line.Reset()
	if err := h.Handler.Handle(ctx, record); err != nil {
		return err
	}
	_, err := fmt.Fprintf(h.out, "<%d>%s", priority(record.Level), h.line.Bytes())
	return err
}

// WithAttrs keeps the prefix on loggers with attributes.
func (h *journalHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.Handler = h.Handler.WithAttrs(attrs)
	return &c
}

// WithGroup keeps the prefix on loggers with a group.
func (h *journalHandler) WithGroup(name string) slog.Handler {
	c := *h
	c.Handler = h.Handler.WithGroup(name)
	return &c
}

// priority is the level as syslog(3) numbers it.
func priority(level slog.Level) int {
	switch {
	case level >= slog.LevelError:
		return 3
	case level >= slog.LevelWarn:
		return 4
	case level >= slog.LevelInfo:
		return 6
	default:
		return 7
	}
}
