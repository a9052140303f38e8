package devtools

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"hotspot-helper/plugins/record"
	"hotspot-helper/portal"
)

// requests are the requests of a browser, by the ID that the protocol gives each with its redirects.
type requests struct {
	chains  map[string]*chain
	reading map[string]*chain // those whose response has come, and whose body has not
	order   []*record.Entry   // in the order in which they began
	size    int               // bytes of all that is kept of them
	err     error             // why it is not all
}

// chain is a request with its redirects.
type chain struct {
	session  string // of the target that reported it last
	frame    string // that the response is for
	hops     []*hop
	sent     []http.Header // what really was sent for each hop that has it, with cookies
	received []http.Header // the same of the responses
}

// hop is one request of a chain.
type hop struct {
	entry    *record.Entry
	hasExtra bool // sent and received have an element for it
	asked    int  // how often, for the body of the response
	hasBody  bool // it is here
}

func newRequests() requests {
	return requests{chains: map[string]*chain{}, reading: map[string]*chain{}}
}

var (
	errTooManyRequests = errors.New("record login: the browser made more requests than a recording keeps")
	errTooMuchSent     = errors.New("record login: the browser sent and received more than a recording keeps")
)

// begin adds a request, or the next hop of one. It returns false if there are too many.
func (r *requests) begin(id, session string, entry *record.Entry) bool {
	c := r.chain(id)
	if c == nil || len(r.order) == maxRequests {
		r.err = errTooManyRequests
		return false
	}
	c.session = session
	c.hops = append(c.hops, &hop{entry: entry})
	r.order = append(r.order, entry)
	return true
}

// chain returns the chain of an ID, nil if there are too many: extra information may come first.
func (r *requests) chain(id string) *chain {
	c := r.chains[id]
	if c == nil && len(r.chains) < maxChains {
		c = &chain{}
		r.chains[id] = c
	}
	return c
}

// end forgets what is known of a request that is not kept.
func (r *requests) end(id string) {
	c := r.chains[id]
	if c == nil || len(c.hops) > 0 {
		return
	}
	delete(r.chains, id)
	for _, header := range slices.Concat(c.sent, c.received) {
		r.size -= sizeOfHeader(header)
	}
}

// last returns the latest hop, nil if there is none.
func (c *chain) last() *hop {
	if c == nil || len(c.hops) == 0 {
		return nil
	}
	return c.hops[len(c.hops)-1]
}

// keep counts bytes that are kept. It returns false if they are too many: then the recording is not complete.
func (r *requests) keep(size int) bool {
	if r.size+size > maxBodies {
		r.err = errTooMuchSent
		return false
	}
	r.size += size
	return true
}

// The bytes of memory that things take beside their texts, at most.
const (
	entrySize  = 512
	headerSize = 64 // of a header, and of each name in one
	lineSize   = 32
)

// sizeOf returns how many bytes of memory a new entry takes.
func sizeOf(e *record.Entry) int {
	size := entrySize + len(e.Type) + len(e.Method) + len(e.URL) + sizeOfHeader(e.RequestHeader)
	if e.Posted != nil {
		size += len(e.Posted.Text)
	}
	return size
}

func sizeOfHeader(header http.Header) int {
	size := headerSize
	for name, lines := range header {
		size += headerSize + len(name) + lineSize*len(lines)
		for _, line := range lines {
			size += len(line)
		}
	}
	return size
}

// entries returns copies of the requests with what really was sent and received. Requests of which the
// recorder heard extra information only in part have the browser's view of them.
func (r *requests) entries() []*record.Entry {
	extra := map[*record.Entry][2]http.Header{}
	for _, c := range r.chains {
		n := 0
		for _, h := range c.hops {
			if !h.hasExtra {
				continue
			}
			extra[h.entry] = [2]http.Header{headerAt(c.sent, n), headerAt(c.received, n)}
			n++
		}
	}
	list := make([]*record.Entry, 0, len(r.order))
	for _, e := range r.order {
		copied := *e
		if headers := extra[e]; headers[0] != nil {
			copied.RequestHeader = headers[0]
		}
		if headers := extra[e]; headers[1] != nil {
			copied.Header = headers[1]
		}
		list = append(list, &copied)
	}
	return list
}

func headerAt(list []http.Header, i int) http.Header {
	if i >= len(list) {
		return nil
	}
	return list[i]
}

// mayBeLogin reports whether a request may belong to a login.
func mayBeLogin(e *record.Entry) bool {
	return isKept(e.Type) && len(e.Method) <= maxMethod && len(e.URL) <= portal.MaxURL && strings.HasPrefix(e.URL, "http")
}

// isKept reports whether a resource may belong to a login: pages, scripts, and what these ask for.
func isKept(kind string) bool {
	return slices.Contains([]string{"document", "xhr", "fetch", "script"}, kind)
}

// headerOf returns the headers of the protocol, in which several lines of one name are joined.
func headerOf(fields map[string]string) http.Header {
	header := http.Header{}
	for name, value := range fields {
		if strings.HasPrefix(name, ":") { // pseudo-header of HTTP/2
			continue
		}
		for line := range strings.SplitSeq(value, "\n") {
			header.Add(name, line)
		}
	}
	return header
}
