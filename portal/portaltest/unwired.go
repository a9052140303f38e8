package portaltest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
)

// KindUnwired is the Wi-Fi of Unwired Networks, mostly on trains, as scripts that log in to it
// describe it.
const KindUnwired Kind = "unwired"

const unwiredHost = "wasabi.hotspot-local.unwired.at"

// unwired answers as the server on a train does: with a page that is a script, and by GraphQL.
type unwired struct {
	base
	session, widget string
}

func newUnwired(b base) site {
	p := &unwired{base: b}
	return site{
		portal: p,
		hosts:  []string{unwiredHost},
		url:    p.origin(unwiredHost) + "/",
		traits: "as login scripts say of Unwired Networks",
	}
}

func (p *unwired) forget() { p.session, p.widget = digits(p.random, 32), digits(p.random, 32) }

func (p *unwired) intercept(*http.Request) reply {
	return redirect(http.StatusFound, p.origin(unwiredHost)+"/?user_session_id="+p.session, "to the portal")
}

// graphQL is a request of the page's script.
type graphQL struct {
	Name      string `json:"operationName"`
	Query     string
	Variables map[string]any
}

func (p *unwired) answer(r *http.Request, now status) reply {
	switch {
	case r.URL.Path == "/":
		return show("unwired", "page", nil)
	case r.URL.Path != "/api/graphql" || r.Method != http.MethodPost:
		return missing(notFound)
	}
	var sent graphQL
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil || !strings.Contains(sent.Query, sent.Name) {
		return page(http.StatusBadRequest, "", "no GraphQL")
	}
	switch sent.Name {
	case "splashpage":
		return p.splash(sent, now)
	case "client_connect":
		return p.connect(sent)
	}
	return object(fields{"errors": []fields{{"message": "no such operation"}}}, "no such operation")
}

// splash describes the page. Of the widget that connects it has what the query selects.
func (p *unwired) splash(sent graphQL, now status) reply {
	if sent.Variables["user_session_id"] != p.session || sent.Variables["language"] == nil {
		return object(fields{"data": fields{"splashpage": fields{"error": fields{"error_code": 12}}}}, "no such session")
	}
	button := fields{"__typename": "ConnectWidget"}
	of := regexp.MustCompile(`on ConnectWidget \{([^}]*)\}`).FindStringSubmatch(sent.Query)
	values := map[string]any{"widget_id": p.widget, "require_sms_auth": false, "email_mandatory": false}
	for _, field := range regexp.MustCompile(`(?:(\w+): )?(\w+)`).FindAllStringSubmatch(strings.Join(of[1:], ""), -1) {
		name := field[2]
		if field[1] != "" {
			name = field[1]
		}
		button[name] = values[field[2]]
	}
	pages := []fields{{"widgets": []fields{{"__typename": "SimpleTextWidget"}}}, {"widgets": []fields{button}}}
	return object(fields{"data": fields{"splashpage": fields{
		"online": now.online, "connected": now.online, "error": nil, "policy_violation": nil, "splashpage": fields{"pages": pages},
	}}}, "page's data")
}

// connect presses the button.
func (p *unwired) connect(sent graphQL) reply {
	if sent.Variables["userSessionId"] != p.session || sent.Variables["widget_id"] != p.widget {
		return object(fields{"data": nil, "errors": []fields{{"message": "not found"}}}, "no such session or widget").as(DecisionDenied)
	}
	return object(fields{"data": fields{"client_connect": fields{
		"user_session_id": p.session, "state": "CONNECTED", "error": nil,
	}}}, "click").as(DecisionGranted)
}
