package flow

import (
	"flag"
	"maps"
	"testing"

	"hotspot-helper/internal/schema/schematest"
)

// keys describes each key of a flow in a line. The package comment has the details.
func keys() map[string]schematest.Key {
	all := stepKeys()
	maps.Copy(all, queryKeys())
	maps.Copy(all, map[string]schematest.Key{
		"flow.format":            {Text: "Version of the language: 1.", Required: true, Min: Format, Max: Format},
		"flow.hosts":             {Text: "Hosts that the flow may talk to: a name, an address, *.suffix, @start (the host of the portal's URL), @gateway (the link's gateway), @param:NAME (the host in that query parameter of the portal's URL, or of a URL that led to it)."},
		"flow.shared_hosts":      {Text: "Further hosts, which several networks share: names, addresses and suffixes. A secret for them needs the user's consent."},
		"flow.inputs":            {Text: "Values from the user, by name: {{.input.NAME}}."},
		"flow.expires_in":        {Text: "Template: how long the login lasts, in seconds or like 1h30m."},
		"flow.every":             {Text: "In maintain.toml: seconds between two runs.", Min: minEvery, Max: maxEvery},
		"flow.terms":             {Text: "In authenticate.toml: the terms that the whole flow accepts in the user's name. They need the user's consent."},
		"flow.secret_in_address": {Text: "true: secrets may be in URLs, where servers and proxies log them. The user must allow cleartext first."},
		"flow.step":              {Text: "The steps, run from the top.", Required: true},

		"input.prompt":   {Text: "The question to the user.", Required: true},
		"input.secret":   {Text: "Never shown, never in a URL; sent only over verified TLS to a host in hosts, or with the user's consent."},
		"input.optional": {Text: "May be empty."},
		"input.default":  {Text: "Used if the user gives none; not for secrets. An empty one: the input may be empty."},
	})
	return all
}

func stepKeys() map[string]schematest.Key {
	return map[string]schematest.Key{
		"step.id":      {Text: "Name of the step, for messages, traces and goto.", Required: true},
		"step.terms":   {Text: "In authenticate.toml: the terms that this step accepts in the user's name. They need the user's consent."},
		"step.open":    {Text: "Action: get a URL (template), absolute or relative to the page."},
		"step.submit":  {Text: "Action: send the one form that the CSS selector matches, as a browser does."},
		"step.fields":  {Text: "With submit: fields (templates) that replace the form's of the same name, or are added."},
		"step.drop":    {Text: "With submit: fields of the form that are not sent."},
		"step.button":  {Text: "With submit: CSS selector of the button to press."},
		"step.post":    {Text: "Action: post form or json to a URL (template)."},
		"step.form":    {Text: "With post: the fields (templates); {} sends an empty body."},
		"step.json":    {Text: "With post: JSON of any shape whose strings are templates."},
		"step.follow":  {Text: "Action: open what the CSS selector's matches link to; or \"meta\": follow the page's refresh."},
		"step.wait":    {Text: "Action: wait, or open a URL until all queries hold."},
		"step.visit":   {Text: "Action: ask for the page that the network intercepts again, so that the portal makes a new one.", Words: []string{visitCheck}},
		"step.headers": {Text: "With open, submit, post, follow and wait: further headers (templates) of the requests."},
		"step.basic":   {Text: "With open, submit and post: user and password (templates), sent if the portal answers 401 and asks for Basic authentication."},
		"step.next":    {Text: "The later step that comes next, instead of the one below; \"end\": the flow ends as submitted."},
		"step.closed":  {Text: "The later step that comes next if the connection is closed without an answer; without it the flow fails."},
		"step.case":    {Text: "The first case whose queries all hold decides; then expect does not apply, and captures that are found are kept."},
		"step.expect":  {Text: "Queries that must all hold, or the flow fails."},
		"step.capture": {Text: "Values to keep, by name: {{.capture.NAME}}."},

		"closed.goto": {Text: "The later step that comes next.", Required: true},
		"closed.late": {Text: "The later step that comes next if that took 10 s or more: the portal waited in vain for its authentication server. Default: goto."},

		"basic.user":     {Text: "Template: the user name, without a colon.", Required: true},
		"basic.password": {Text: "Template: the password.", Required: true},

		"wait.seconds": {Text: "How long; without the other keys.", Min: 1, Max: 60},
		"wait.open":    {Text: "Template: the URL to open repeatedly."},
		"wait.every":   {Text: "Seconds between two attempts.", Min: 1, Max: 60},
		"wait.at_most": {Text: "Seconds after which the step fails.", Min: 1, Max: 60},
		"wait.until":   {Text: "Queries that must all hold."},

		"case.when":   {Text: "Queries that must all hold; url = \"*\" always holds.", Required: true},
		"case.result": {Text: "Ends the flow.", Words: outcomeNames[1:]},
		"case.reason": {Text: "With result: the reason, for people; default: text of the page."},
		"case.cause":  {Text: "What is waited for: unreachable with result = \"later\": the service that decides on logins does not answer; code with \"needs-user\": a one-time code.", Words: []string{string(CauseUnreachable), string(CauseCode)}},
		"case.after":  {Text: "With result = \"later\": template: when another attempt may work: seconds, a duration like 1h30m, or a time."},
		"case.goto":   {Text: "Jumps to a later step."},
	}
}

func queryKeys() map[string]schematest.Key {
	return map[string]schematest.Key{
		"query.css":     {Text: "Text of each element that the selector matches."},
		"query.attr":    {Text: "With css: this attribute instead of the text."},
		"query.url":     {Text: "The page's URL if it contains the text; * matches any text."},
		"query.via":     {Text: "Like url, for the page's URL, its redirects and those of the probe, the last first."},
		"query.param":   {Text: "With url and via: the values of this query parameter."},
		"query.json":    {Text: "Value in a JSON body by keys, indexes and filters: session.0.left, plans[type=free].id."},
		"query.script":  {Text: "Literal that an inline script assigns to a name or passes to a call of it: challenge, location.replace."},
		"query.nth":     {Text: "With script: 0 is the first literal, 1 the second."},
		"query.header":  {Text: "Values of a response header."},
		"query.cookie":  {Text: "The cookie for the page."},
		"query.wispr":   {Text: "Element of the WISPr message in the page or in its redirects: LoginURL."},
		"query.xml":     {Text: "Text of the elements of this name in a body that is XML, or nearly."},
		"query.regex":   {Text: "Regular expression (RE2) in the body: its first group, else the whole match."},
		"query.status":  {Text: "The HTTP status, if it is listed."},
		"query.input":   {Text: "In when and expect: the user gave this input; with absent: did not."},
		"query.session": {Text: "In maintain.toml and logoff.toml, in when and expect: a value that the login captured, unless it is empty."},
		"query.decode":  {Text: "With json, wispr, xml and regex: decoders for the body, from left to right.", Words: decoderNames()},
		"query.text":    {Text: "Test: contains this, ignoring case and white space."},
		"query.equals":  {Text: "Test: equals this, which may be a template."},
		"query.matches": {Text: "Test: a regular expression (RE2) matches somewhere."},
		"query.absent":  {Text: "Test: true if there is no value."},

		"capture.optional": {Text: "May be empty; default: the flow fails."},
	}
}

// update makes TestSchemaMatchesTypes write schema.json.
var update = flag.Bool("update", false, "write schema.json")

func TestSchemaMatchesTypes(t *testing.T) {
	schematest.Check(t, Schema(), *update, "Flow of a hotspot-helper pack", rawFlow{}, keys())
}
