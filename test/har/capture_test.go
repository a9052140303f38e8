package har_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// capture collects the events of a browser's network into entries of a HAR.
type capture struct {
	mu      sync.Mutex
	entries []*entry
	open    map[network.RequestID]*entry // the latest entry of each request
	bodies  map[network.RequestID]*entry // whose body can be fetched
}

func newCapture() *capture {
	return &capture{open: map[network.RequestID]*entry{}, bodies: map[network.RequestID]*entry{}}
}

// add records an event.
func (c *capture) add(event any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch event := event.(type) {
	case *network.EventRequestWillBeSent:
		if before := c.open[event.RequestID]; before != nil && event.RedirectResponse != nil {
			before.answer(event.RedirectResponse)
		}
		e := newEntry(event)
		c.entries = append(c.entries, e)
		c.open[event.RequestID] = e
	case *network.EventRequestWillBeSentExtraInfo:
		if e := c.open[event.RequestID]; e != nil {
			e.Request.Headers = headers(event.Headers)
		}
	case *network.EventResponseReceived:
		if e := c.open[event.RequestID]; e != nil {
			e.answer(event.Response)
		}
	case *network.EventLoadingFinished:
		if e := c.open[event.RequestID]; e != nil {
			c.bodies[event.RequestID] = e
		}
	}
}

// fetchBodies fetches the bodies that are new. A redirect has none.
func (c *capture) fetchBodies(ctx context.Context, tab *chromedp.Target) error {
	c.mu.Lock()
	finished := maps.Clone(c.bodies) // events need the lock while the bodies are fetched
	clear(c.bodies)
	c.mu.Unlock()
	for id, e := range finished {
		if body, err := cdp.Call(ctx, tab, network.GetResponseBody, network.GetResponseBodyParams{RequestID: id}); err == nil {
			e.Response.Content.set(body.Body, body.Base64encoded)
		}
	}
	return nil
}

// encode writes the HAR as developer tools do. Its times are fixed, so that a new capture
// differs only where the traffic does.
func (c *capture) encode() ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for i, e := range c.entries {
		e.Started = began.Add(time.Duration(i) * 100 * time.Millisecond).Format("2006-01-02T15:04:05.000Z")
	}
	var log struct {
		Log struct {
			Version string            `json:"version"`
			Creator map[string]string `json:"creator"`
			Pages   []any             `json:"pages"`
			Entries []*entry          `json:"entries"`
		} `json:"log"`
	}
	log.Log.Version, log.Log.Creator = "1.2", map[string]string{"name": "WebInspector", "version": "537.36"}
	log.Log.Pages, log.Log.Entries = []any{}, c.entries
	text, err := json.MarshalIndent(log, "", "  ")
	return append(text, '\n'), err
}

// headers lists the fields of a header, sorted.
func headers(from network.Headers) []pair {
	list := []pair{}
	for name, value := range from {
		text, _ := value.(string) // it always is a string
		for line := range strings.SplitSeq(text, "\n") {
			list = append(list, pair{name, line})
		}
	}
	slices.SortFunc(list, func(a, b pair) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// query lists the parameters of a URL.
func query(text string) []pair {
	list := []pair{}
	if u, err := url.Parse(text); err == nil {
		for name, values := range u.Query() {
			for _, value := range values {
				list = append(list, pair{name, value})
			}
		}
	}
	slices.SortFunc(list, func(a, b pair) int { return strings.Compare(a.Name, b.Name) })
	return list
}
