// Package devtools records what a person does in a browser's sign-in window, as a client of the Chrome
// DevTools protocol over a pipe (--remote-debugging-pipe). No port is open that another user could
// attach to while a password is typed.
package devtools

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"hotspot-helper/plugins/record"
	"hotspot-helper/portal"
)

// The limits of a recording. A page, and the process that shows it, are hostile.
const (
	maxMessage  = 8 << 20            // bytes of a message; a longer one is skipped
	maxQueued   = 1024               // commands that wait to be written
	maxPending  = 512                // commands that wait for their result
	maxRequests = 4000               // of pages and scripts
	maxChains   = 20000              // requests that are under way or kept
	maxBodies   = 32 << 20           // bytes of all that is kept of requests and responses
	maxBody     = 2 * portal.MaxBody // bytes of one body, which may be base64
	maxMethod   = 32                 // bytes of the method of a request
	maxWord     = 200                // bytes of a MIME type, or of another name that the protocol has
	maxTime     = time.Hour          // of a recording; what comes later is read and dropped
	maxReady    = 10 * time.Second   // until the first page is led to the URL, whether it reports or not
)

// Recorder records one browser. Its zero value is not useful: see [New].
type Recorder struct {
	pipe      io.ReadWriteCloser
	url       string
	navigated func()
	commands  chan command
	started   time.Time

	mu       sync.Mutex // guards all below
	lastID   int64
	pending  map[int64]func(result) // what to do with a command's result
	pages    []string               // sessions of the windows that are open
	requests requests
	typed    typed
	err      error // why not all that the browser does is known
}

// New returns a recorder of the browser at the other end of a pipe: it writes its messages there and
// reads its commands, each ended by a zero byte. The browser's first page is led to the URL once it
// reports all that it does, so that nothing of the login is missed; empty: it goes on by itself. The function
// navigated is called each time when a page was loaded or a script's request was answered, so that
// the portal may have let the computer out; it must not block. Nil: nobody is told.
func New(pipe io.ReadWriteCloser, url string, navigated func()) *Recorder {
	if navigated == nil {
		navigated = func() {}
	}
	return &Recorder{
		pipe: pipe, url: url, navigated: navigated, commands: make(chan command, maxQueued), started: time.Now(),
		pending: map[int64]func(result){}, requests: newRequests(), typed: newTyped(),
	}
}

// Run records until the browser closes the pipe or the context ends, and closes the pipe. A browser
// may end when its pipe is closed. Messages that make no sense are ignored.
func (r *Recorder) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer context.AfterFunc(ctx, func() { _ = r.pipe.Close() })() // ends Read and Write
	var writing sync.WaitGroup
	writing.Go(func() { r.write(ctx) })
	r.send("", "Target.setAutoAttach", autoAttach)
	err := r.read()
	_ = r.pipe.Close()
	stop()
	writing.Wait()
	if errors.Is(err, io.EOF) || errors.Is(err, os.ErrClosed) || errors.Is(err, io.ErrClosedPipe) {
		return nil
	}
	return fmt.Errorf("read browser's messages: %w", err)
}

// Capture returns what was recorded so far. It is an error if that is no login.
func (r *Recorder) Capture() (*record.Capture, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := cmp.Or(r.err, r.typed.failure(), r.requests.err); err != nil {
		return nil, err
	}
	return record.New(r.requests.entries(), r.typed.all())
}
