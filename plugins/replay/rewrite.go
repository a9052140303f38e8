package replay

import (
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"

	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/wifi"
)

// setFacts records the facts of network, link and portal from a job.
func (c *Case) setFacts(job plugins.Job) {
	e := job.Evidence
	c.Network.SSID = job.Network.SSID.String()
	if len(job.Network.BSSs) > 0 {
		c.Network.BSSID = job.Network.BSSs[0].BSSID.String()
		if security := job.Network.BSSs[0].Security; security != wifi.SecurityOpen && security != wifi.SecurityUnknown {
			c.Network.Security = security.String()
		}
	}
	if len(e.Link.Gateways) > 0 {
		c.Link.Gateway = e.Link.Gateways[0].String()
	}
	if len(e.Link.Addresses) > 0 {
		c.Link.Address = e.Link.Addresses[0].Addr().String()
	}
	c.WISPr = e.WISPr
	if e.CAPPORT != nil {
		c.API = e.CAPPORT.URL
	}
	for _, hop := range e.Hops {
		c.Hops = append(c.Hops, Hop{URL: hop.URL, Response: Response{
			Status: hop.Status, Header: stableHeader(hop.Header), Error: hop.Error, data: []byte(hop.Body),
		}})
	}
	if n := len(c.Hops); n == 0 || c.Hops[n-1].URL != e.PortalURL {
		c.Portal = e.PortalURL
	}
}

// clone copies everything that rewrite changes.
func (a Answer) clone() Answer {
	a.Header = maps.Clone(a.Header)
	for name, values := range a.Header {
		a.Header[name] = slices.Clone(values)
	}
	a.Sent = maps.Clone(a.Sent)
	a.data = slices.Clone(a.data)
	return a
}

// sentHeaders returns the headers of a request that the flow set, nil if there are none.
func sentHeaders(request *http.Request) map[string]string {
	var sent map[string]string
	for name := range portal.FlowHeaders(request.Header) {
		if sent == nil {
			sent = map[string]string{}
		}
		sent[name] = request.Header.Get(name)
	}
	return sent
}

// rewriteSent applies change to the headers of the request, also to what is in base64 in
// credentials: their user name may be too short to be found there.
func (a *Answer) rewriteSent(change func(string) string) {
	for name, value := range a.Sent {
		scheme, encoded, _ := strings.Cut(value, " ")
		credentials, err := base64.StdEncoding.DecodeString(encoded)
		if name == "Authorization" && strings.EqualFold(scheme, "Basic") && err == nil {
			if changed := change(string(credentials)); changed != string(credentials) {
				a.Sent[name] = scheme + " " + base64.StdEncoding.EncodeToString([]byte(changed))
				continue
			}
		}
		a.Sent[name] = change(value)
	}
}

// limitSent removes the headers of the request if they exceed a number of bytes, and returns how
// many are left.
func (a *Answer) limitSent(left int) int {
	size := 0
	for name, value := range a.Sent {
		size += len(name) + len(value)
	}
	if size > left {
		a.Sent, size = nil, 0
	}
	return left - size
}

// rewrite applies change to every text of the case except the inputs.
func (c *Case) rewrite(change func(string) string) {
	c.rewriteFacts(change)
	for _, r := range c.responses() {
		r.rewriteHeader(change)
		r.data = []byte(change(string(r.data)))
	}
}

// rewriteFacts applies change to the texts outside of headers and bodies.
func (c *Case) rewriteFacts(change func(string) string) {
	for _, text := range []*string{&c.Portal, &c.API, &c.WISPr, &c.Description, &c.Link.Address} {
		*text = change(*text)
	}
	for name, value := range c.Session {
		c.Session[name] = change(value)
	}
	for i := range c.Hops {
		c.Hops[i].URL = change(c.Hops[i].URL)
	}
	for i := range c.Answers {
		a := &c.Answers[i]
		a.url = change(a.url)
		a.To = a.method + " " + a.url
		a.rewriteSent(change)
	}
	for _, r := range c.responses() {
		r.Error = change(r.Error)
	}
}

// responses returns the responses to the probe, then those to the flow.
func (c *Case) responses() []*Response {
	var responses []*Response
	for i := range c.Hops {
		responses = append(responses, &c.Hops[i].Response)
	}
	for i := range c.Answers {
		responses = append(responses, &c.Answers[i].Response)
	}
	return responses
}

// rewriteHeader applies change to the names and values of the header.
func (r *Response) rewriteHeader(change func(string) string) {
	changed := Header{}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		values := r.Header[name]
		for i := range values {
			values[i] = change(values[i])
		}
		name = change(name)
		changed[name] = append(changed[name], values...)
	}
	if len(changed) > 0 {
		r.Header = changed
	}
}

// limit removes what exceeds a number of bytes, and returns how many are left.
func (r *Response) limit(left int) int {
	size := 0
	for name, values := range r.Header {
		size += len(name)
		for _, value := range values {
			size += len(value)
		}
	}
	if size > left {
		r.Header, size = nil, 0
	}
	if size+len(r.data) > left {
		r.data = []byte(leftOut)
		return left - size
	}
	return left - size - len(r.data)
}

// location returns the Location header, "" if there is none.
func (r *Response) location() string { return r.Header.http().Get("Location") }
