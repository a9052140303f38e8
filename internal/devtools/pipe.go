package devtools

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"time"
)

// command is what the recorder tells the browser, or one of its targets.
type command struct {
	ID      int64  `json:"id"`
	Session string `json:"sessionId,omitempty"`
	Method  string `json:"method"`
	Params  any    `json:"params,omitempty"`
}

// message is an event of the browser, or the result of a command.
type message struct {
	ID      int64           `json:"id"`
	Session string          `json:"sessionId"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	result
}

// result is the result of a command.
type result struct {
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

// read handles messages until the pipe ends.
func (r *Recorder) read() error {
	reader := bufio.NewReaderSize(r.pipe, 64<<10)
	for {
		text, err := readMessage(reader)
		if err != nil {
			return err
		}
		var m message
		if len(text) == 0 || time.Since(r.started) > maxTime || json.Unmarshal(text, &m) != nil {
			continue
		}
		r.handle(m)
	}
}

// readMessage returns the bytes up to the next zero byte. Of a message that is too long it returns
// nothing.
func readMessage(reader *bufio.Reader) ([]byte, error) {
	var text []byte
	tooLong := false
	for {
		part, err := reader.ReadSlice(0)
		if tooLong = tooLong || len(text)+len(part) > maxMessage; tooLong {
			text = nil
		} else {
			text = append(text, part...)
		}
		switch {
		case err == nil && tooLong:
			return nil, nil
		case err == nil:
			return text[:len(text)-1], nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// send queues a command without waiting for its result.
func (r *Recorder) send(session, method string, params any) { r.call(session, method, params, nil) }

// errDropped says that a command was dropped, such as the one that has a frame report what is typed there.
var errDropped = errors.New("record login: the browser does not take commands as fast as pages make them necessary")

// call queues a command. What handles its result holds the lock.
func (r *Recorder) call(session, method string, params any, done func(result)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue(session, method, params, done)
}

// queue queues a command, with the lock held. A command is dropped if too many wait, since a browser that
// reads none must not wait for the recorder either: then the recording is not complete.
func (r *Recorder) queue(session, method string, params any, done func(result)) {
	if done != nil && len(r.pending) >= maxPending {
		r.err = errDropped
		return
	}
	r.lastID++
	select {
	case r.commands <- command{r.lastID, session, method, params}:
		if done != nil {
			r.pending[r.lastID] = done
		}
	default:
		r.err = errDropped
	}
}

// write writes queued commands until the context ends.
func (r *Recorder) write(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-r.commands:
			if text, err := json.Marshal(c); err == nil {
				_, _ = r.pipe.Write(append(text, 0)) // errs if the browser is gone: then reading ends, too
			}
		}
	}
}
