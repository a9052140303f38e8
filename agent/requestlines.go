package agent

import "time"

// maxRequestLines is how many changes by requests are logged in a minute. Anyone who may ask for a
// login can ask without a pause.
const maxRequestLines = 20

// requestLines counts the changes by requests that were logged. The zero value has none.
type requestLines struct {
	since   time.Time // begin of the minute
	logged  int       // in it
	skipped int       // since the last one that was logged
}

// take reports whether a change is logged, and how many were not before it.
func (l *requestLines) take(kind CauseKind, now time.Time) (skipped int, isLogged bool) {
	if kind != CauseLogoff && !kind.AsksLogin() {
		return 0, true
	}
	if now.Sub(l.since) >= time.Minute {
		l.since, l.logged = now, 0
	}
	if l.logged >= maxRequestLines {
		l.skipped++
		return 0, false
	}
	skipped, l.skipped = l.skipped, 0
	l.logged++
	return skipped, true
}
