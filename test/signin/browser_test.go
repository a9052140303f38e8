package signin_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// driven is a Chromium whose pipe a recorder and the test share.
type driven struct {
	commands io.Writer      // the browser's file descriptor 3
	recorder *io.PipeReader // a copy of the browser's messages, for the recorder
	ended    chan struct{}

	mu       sync.Mutex
	lastID   int64
	waiting  map[int64]chan json.RawMessage
	sessions []string          // of pages and frames of other sites, the newest last
	busy     map[string]string // the targets of requests that have no answer yet
	bodies   []string          // that the recorder got
	changed  chan struct{}     // gets a value with each event
}

// firstID is where the test's IDs begin; those of the recorder are below; the protocol has 31 bits.
const firstID = 1 << 30

// share returns a browser whose pipe is shared.
func share(pipe io.ReadWriter) *driven {
	copied, copying := io.Pipe()
	b := &driven{
		commands: pipe, recorder: copied, ended: make(chan struct{}), waiting: map[int64]chan json.RawMessage{},
		busy: map[string]string{}, changed: make(chan struct{}, 1),
	}
	go b.listen(pipe, copying)
	return b
}

// Read reads messages of the browser, but for results of the test's commands.
func (b *driven) Read(p []byte) (int, error) { return b.recorder.Read(p) }

// Write writes commands of the recorder.
func (b *driven) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.commands.Write(p)
}

// Close ends the recorder's view of the pipe.
func (b *driven) Close() error { return b.recorder.Close() }

// event is a message of the browser.
type event struct {
	ID      int64
	Session string `json:"sessionId"`
	Method  string
	Result  json.RawMessage
	Error   json.RawMessage
	Params  struct {
		Session string                `json:"sessionId"`
		Request string                `json:"requestId"`
		Target  struct{ Type string } `json:"targetInfo"`
		Frame   struct{ LoaderID string }
	}
}

// listen copies the browser's messages to the recorder, and takes out the test's.
func (b *driven) listen(messages io.Reader, copying *io.PipeWriter) {
	defer close(b.ended)
	defer copying.Close()
	for reader := bufio.NewReader(messages); ; {
		text, err := reader.ReadBytes(0)
		if err != nil {
			return
		}
		var e event
		_ = json.Unmarshal(text[:len(text)-1], &e)
		b.note(&e)
		if e.ID < firstID {
			_, _ = copying.Write(text) // errs once the recorder has ended
		}
	}
}

func (b *driven) note(e *event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e.Method {
	case "":
		if done := b.waiting[e.ID]; done != nil {
			if e.Error != nil {
				e.Result = nil
			}
			done <- e.Result
			delete(b.waiting, e.ID)
		}
		b.bodies = append(b.bodies, bodyOf(e.Result)...)
		return
	case "Target.attachedToTarget":
		if kind := e.Params.Target.Type; kind == "page" || kind == "iframe" {
			b.sessions = append(b.sessions, e.Params.Session)
		}
		b.tell(e.Params.Session, "Security.setIgnoreCertificateErrors", `{"ignore":true}`) // those of the simulated portals
	case "Page.frameNavigated": // the document before may not say that it was read
		maps.DeleteFunc(b.busy, func(request, session string) bool { return session == e.Session && request != e.Params.Frame.LoaderID })
	case "Target.detachedFromTarget":
		maps.DeleteFunc(b.busy, func(_, session string) bool { return session == e.Params.Session })
		for i, s := range b.sessions {
			if s == e.Params.Session {
				b.sessions = append(b.sessions[:i:i], b.sessions[i+1:]...)
				break
			}
		}
	case "Network.requestWillBeSent":
		b.busy[e.Params.Request] = e.Session
	case "Network.loadingFinished", "Network.loadingFailed":
		delete(b.busy, e.Params.Request)
	case "Page.javascriptDialogOpening":
		b.tell(e.Session, "Page.handleJavaScriptDialog", `{"accept":true}`)
	}
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

// recorded returns the bodies of responses that the recorder got.
func (b *driven) recorded() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.bodies)
}

// bodyOf returns the body of a response in the result of a command, if it has one.
func bodyOf(result json.RawMessage) []string {
	var has struct {
		Body     string
		IsBase64 bool `json:"base64Encoded"`
	}
	if json.Unmarshal(result, &has) != nil || has.Body == "" {
		return nil
	}
	if data, err := base64.StdEncoding.DecodeString(has.Body); has.IsBase64 && err == nil {
		return []string{string(data)}
	}
	return []string{has.Body}
}

// tell sends a command and waits for nothing, while the lock is held.
func (b *driven) tell(session, method, params string) {
	b.lastID++
	_, _ = fmt.Fprintf(b.commands, `{"id":%d,"sessionId":%q,"method":%q,"params":%s}`+"\x00", firstID+b.lastID, session, method, params) // errs if the browser is gone
}

// call sends a command and returns its result, nil if it failed.
func (b *driven) call(ctx context.Context, session, method string, params any) json.RawMessage {
	done := make(chan json.RawMessage, 1)
	b.mu.Lock()
	b.lastID++
	id := firstID + b.lastID
	b.waiting[id] = done
	b.mu.Unlock()
	text, err := json.Marshal(map[string]any{"id": id, "sessionId": session, "method": method, "params": params})
	if err != nil {
		panic(err) // a bug of the test
	}
	if _, err := b.Write(append(text, 0)); err != nil {
		return nil
	}
	select {
	case result := <-done:
		return result
	case <-ctx.Done():
	case <-b.ended:
	case <-time.After(10 * time.Second):
	}
	return nil
}

// settle waits until the browser has been still for a moment, as a person does.
func (b *driven) settle(ctx context.Context) {
	const still, most = 500 * time.Millisecond, 4 * time.Second
	end := time.After(most)
	for {
		b.mu.Lock()
		busy := len(b.busy) > 0
		b.mu.Unlock()
		var quiet <-chan time.Time
		if !busy {
			quiet = time.After(still)
		}
		select {
		case <-b.changed:
		case <-quiet:
			return
		case <-end:
			b.mu.Lock()
			clear(b.busy)
			b.mu.Unlock()
			return
		case <-ctx.Done():
			return
		case <-b.ended:
			return
		}
	}
}

// targets returns the sessions of pages and frames of other sites, waiting for the first.
func (b *driven) targets(ctx context.Context) []string {
	for {
		b.mu.Lock()
		sessions := append([]string(nil), b.sessions...)
		b.mu.Unlock()
		if len(sessions) > 0 {
			return sessions
		}
		select {
		case <-b.changed:
		case <-ctx.Done():
			return nil
		case <-b.ended:
			return nil
		}
	}
}
