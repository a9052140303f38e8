package probe

import _ "embed"

//go:embed endpoints.toml
var embedded []byte

// Endpoint is one connectivity check: a URL and the answer that only its operator gives.
type Endpoint struct {
	Name     string            // unique in its catalogue
	Operator string            // who runs it; two answers of one operator count once
	URL      string            // absolute, http or https
	Status   int               // wanted
	Body     string            // wanted, without white space around it; "" with status 204: none at all, else: not known
	Header   map[string]string // wanted fields; an empty value stands for any value
	Agent    Agent             // whose request it is; "" stands for AgentBrowser
	Family   Family            // asked over; any: over each that the link has
	Decoy    bool              // an address that nobody serves: any answer is an interceptor's, and none says nothing
	Default  bool              // asked where nothing else is configured
	Note     string            // what is known of it, for people
}

// Agent is whose request a check imitates. Portals answer them differently: a
// success that only one of them gets is no success.
type Agent string

// The agents.
const (
	AgentBrowser Agent = "browser" // a desktop browser
	AgentWISPr   Agent = "wispr"   // Apple's CaptiveNetworkSupport, the commonest WISPr client
)

// Catalogue returns the endpoints that this package ships. An error is a mistake of the build.
func Catalogue() ([]Endpoint, error) { return ParseCatalogue("endpoints.toml", embedded) }
