package portal

import (
	"net/url"
	"time"
)

// Exchange is one request and its response: a line of the trace. It holds no secret and no query value.
type Exchange struct {
	Step     string        `json:"step,omitempty"`
	Method   string        `json:"method"`
	URL      string        `json:"url"`              // see [MaskURL]
	Fields   []string      `json:"fields,omitempty"` // names only
	Status   int           `json:"status"`           // 0 without a response
	Location string        `json:"location,omitempty"`
	Bytes    int64         `json:"bytes"` // of the decompressed body, at most MaxBody
	Elapsed  time.Duration `json:"elapsed_ns"`
	Error    string        `json:"error,omitempty"` // why there was no response, or why it was not read or followed to the end
}

// MaskURL returns u with scheme, host, path and query names; each query value becomes "…".
func MaskURL(*url.URL) string { panic("stub") }
