package devtools

import (
	"encoding/json"
	"slices"
)

// setReader notes which target reads a response: that of a frame is another one than what asked for it.
func (r *Recorder) setReader(session, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.requests.chains[id]; c != nil {
		c.session = session
	}
}

// finish asks for the body of a response that a target has read to its end. It returns false if the
// request is not kept.
func (r *Recorder) finish(session, id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.requests.chains[id]
	if c.last() == nil {
		r.requests.end(id)
		return false
	}
	c.session = session
	r.fetchBody(session, id, c)
	return true
}

// fetchBody asks a target for the body of a response, with the lock held. If the target does not have it, a page does that is
// still there: the browser keeps bodies for all of its targets (enableDurableMessages).
func (r *Recorder) fetchBody(session, id string, c *chain) {
	h := c.last()
	h.entry.Size = max(h.entry.Size, unknownSize)
	if h.hasBody || h.asked == maxAsked {
		delete(r.requests.reading, id)
		return
	}
	h.asked++
	r.queue(session, "Network.getResponseBody", params{"requestId": id}, func(result result) {
		body := bodyOf(result.Result)
		switch size := len(body.Body); {
		case h.hasBody:
		case result.Error != nil && len(r.pages) > 0:
			r.fetchBody(r.pages[0], id, c)
		case result.Error == nil && size <= maxBody && r.requests.keep(size):
			h.hasBody = true
			h.entry.Body, h.entry.IsBase64, h.entry.Size = body.Body, body.IsBase64, int64(size)
			delete(r.requests.reading, id)
		}
	})
}

// maxAsked is how often a body is asked for.
const maxAsked = 3

// detach asks for what a target did not tell before it went: a pop-up may close itself, and a page may remove a
// frame, as soon as the script runs that the response has.
func (r *Recorder) detach(text json.RawMessage) {
	var event struct {
		Session string `json:"sessionId"`
	}
	if json.Unmarshal(text, &event) != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pages = slices.DeleteFunc(r.pages, func(session string) bool { return session == event.Session })
	if len(r.pages) == 0 {
		return
	}
	for id, c := range r.requests.reading {
		if c.session == event.Session {
			r.fetchBody(r.pages[0], id, c)
		}
	}
}

// leave asks for what the document before did not tell: its script may lead on before it says that it was read.
func (r *Recorder) leave(session string, text json.RawMessage) {
	var event struct {
		Frame struct {
			ID     string `json:"id"`
			Loader string `json:"loaderId"` // the ID of the document's request
		} `json:"frame"`
	}
	if json.Unmarshal(text, &event) != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, c := range r.requests.reading {
		if c.frame == event.Frame.ID && id != event.Frame.Loader {
			r.fetchBody(session, id, c)
		}
	}
}

// unknownSize is the size of a body that is not here: not 0, so that it counts as missing.
const unknownSize = 1
