package live

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode"

	"hotspot-helper/internal/redact"
	"hotspot-helper/internal/web"
)

// The limits of what a program may log for one command.
const (
	maxLogged     = 50  // lines
	maxLoggedLine = 300 // bytes of a line; the rest of it is left out
)

// errorLog is the standard error of a program: each line goes to the log, without secrets.
type errorLog struct {
	done        chan struct{}
	first, last string // lines
}

// logErrors logs lines until their end.
func logErrors(from io.Reader, helper string, logger *slog.Logger, mask func(string) string) *errorLog {
	l := &errorLog{done: make(chan struct{})}
	go func() {
		defer close(l.done)
		lines := bufio.NewReaderSize(from, maxShown)
		for range maxLogged {
			text, err := readLogLine(lines)
			if text = shown(text, mask, maxLoggedLine); text != "" {
				l.last = text
				if l.first == "" {
					l.first = text
				}
				logger.Info("helper says", "helper", helper, "text", text)
			}
			if err != nil {
				return
			}
		}
		if _, err := lines.Peek(1); err == nil {
			logger.Warn("helper says too much: the rest is left out", "helper", helper)
		}
		_, _ = io.Copy(io.Discard, lines) // so that the program can write on
	}()
	return l
}

// maxQuotedLine is how many bytes of a line an error has: two of them fit in a reason.
const maxQuotedLine = 120

// text returns the first and the last line of a program that ended: languages tell the cause in the one or
// in the other. It is "" if there are none, or if the stream has no end within a time.
func (l *errorLog) text(within time.Duration) string {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-l.done:
	case <-timer.C:
		return ""
	}
	if l.first == l.last {
		return l.last
	}
	return cut(l.first, maxQuotedLine) + " … " + cut(l.last, maxQuotedLine)
}

// readLogLine reads a line, of which it keeps what fits in the buffer. It marks where it cuts the line.
func readLogLine(lines *bufio.Reader) (string, error) {
	part, err := lines.ReadSlice('\n')
	text := string(part)
	if errors.Is(err, bufio.ErrBufferFull) {
		text += redact.Cut
	}
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = lines.ReadSlice('\n')
	}
	return text, err
}

// maxShown is how many bytes of a text are looked at, to show a part of them: to look for secrets in more takes time.
const maxShown = 4 << 10

// shown makes one line of at most a number of bytes of what a helper says. Mask removes secrets; nil: it knows none. A secret is
// looked for before characters are replaced, since it may have some of these, afterwards, since they may be between its own, and before
// the line is cut.
func shown(text string, mask func(string) string, most int) string {
	text = bound(text)
	if mask == nil {
		return cut(printableLine(text), most)
	}
	return cut(mask(printableLine(mask(text))), most)
}

// bound leaves out what is behind the first maxShown bytes, and marks that.
func bound(text string) string {
	if len(text) <= maxShown {
		return text
	}
	return web.TruncateUTF8(text, maxShown) + redact.Cut
}

// printableLine makes one line of printable characters.
func printableLine(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd")))
}

// cut shortens a text to a number of bytes.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + redact.Cut
}
