// Package flow is the declarative language in which a pack says how to log in
// to a portal, to keep the session alive and to log off.
//
// A flow is one file of TOML, checked whole by [Parse] before anything is sent,
// and carried out by [Flow.Run] on a portal.Session. It is data: it has no
// loops, no expressions and no code.
//
// # File
//
//	format     = 1                                # required: the version of this language
//	hosts      = ["login.cafe.test"]              # all that the flow may talk to, beside
//	shared_hosts = ["*.cloud.test"]               # hosts that many networks share; one of the two is required
//	terms      = "Terms of use of Cafe Lumen"     # whose terms it accepts in the user's name; authenticate.toml only, and see steps
//	every      = 180                              # at most so many seconds between two runs, 10 to 86400; maintain.toml only
//	expires_in = "{{.capture.left}}"              # how long the login lasts: seconds, or a duration like 1h30m
//
//	[inputs.user]                                 # a value from the user, read as {{.input.user}}
//	prompt   = "Card number"                      # required: what a person is asked for
//	secret   = false                              # never shown, never in a URL; in clear only where the user agreed
//	optional = false                              # empty where the user gave none; else the flow asks when it gets there
//	default  = ""                                 # stands in where the user gave none; not for secrets
//
//	[[step]]                                      # 1 to 100, run from the top
//
// Keys are matched to the letter, capitals too, and an unknown one is a mistake.
//
// A host is a name, an address, *.suffix for all names below one (never a public
// suffix), @start for the host of the portal's URL, @gateway for the link's gateway, or
// @param:NAME for the host in the query parameter of that name: a URL's, or one by itself,
// with its port or without. The parameter is one of the portal's URL, else of those that
// led the probe there, the last first; one that is not there names nothing. The latter
// three are whatever the network says, and so get no secret unless the user agreed.
//
// To a shared host many networks lead, each of somebody else: all devices of a make go by
// that name, or anybody can have a network in that cloud. A certificate tells whose product
// it is, and not whose network, so such a host gets no secret either unless the user agreed.
// It is a name, an address or *.suffix, and none that hosts names, too.
//
// A flow with terms begins only where the user agreed to them, as [Env.Terms] says; else
// it ends as needs-user. One with every is to be run that often: whoever runs it sees to
// that, by [Flow.Every].
//
// expires_in is evaluated when the flow ends as submitted. A text that is
// neither seconds nor a duration, negative, or more than 366 days counts as not told.
//
// # Step
//
// A step has an id of its own (letters, digits, - and _), one action, and then in
// this order, whatever order the file has:
//
//  0. Its terms, if it accepts somebody's: without the user's consent the flow ends here
//     as needs-user.
//  1. The action, on the current page.
//  2. The cases, from the first: where all queries of when hold, the case
//     decides, and expect of the step does not count. What is found of the captures is
//     kept, unless it ends the flow as anything but submitted.
//  3. All queries of expect hold, or the step, and with it the flow, fails.
//  4. The captures.
//  5. The next step. Behind the last one the outcome is submitted.
//
// The page is the last answer: URL, status, header, body. Redirects are followed
// to hosts of the flow; one that leads elsewhere is itself the page, with its
// status 3xx and its Location header.
//
// # Actions
//
//	open = "TEMPLATE"
//
// gets a URL, absolute or relative to the page.
//
//	submit = "form#login"
//	fields = { user = "{{.input.user}}", pass = "{{.input.pass}}" }
//	drop   = ["newsletter"]
//	button = "button[name=ok]"
//
// sends the one form that the CSS selector matches, the way a browser does:
// hidden and pre-checked fields come along, action and method are the page's own.
// fields, in the order of the file, replace the form's of the same name or are
// added; those in drop are not sent. button selects what is pressed; without it the form's default button is.
//
//	post = "TEMPLATE"
//	form = { accept = "on" }                      # or: json = { by = "voucher", code = "{{.input.code}}" }
//
// posts fields, or JSON of any shape whose strings are templates; numbers and
// booleans stand for themselves. form = {} sends an empty body.
//
//	follow = "a.continue"                         # or: follow = "meta"
//
// opens where the matched elements link to (href, or src of a frame), which must
// be one place; or where the page goes by itself (meta refresh or Refresh header),
// after the delay it asks for, at most 10 seconds.
//
//	wait = { seconds = 3 }
//	wait = { open = "TEMPLATE", every = 2, at_most = 30, until = [QUERY, …] }
//
// lets 1 to 60 seconds pass; or opens a URL every so many seconds until all
// queries hold, and fails when they do not within at_most, itself at most 60.
// An attempt without an answer counts as one on which they do not hold.
//
// The first step is open, post or wait with open: the others need a page.
//
// # Cases
//
//	[[step.case]]
//	when   = [QUERY, …]                           # at least one; all must hold
//	result = "denied"                             # submitted, denied, needs-user or unsupported: the flow ends
//	reason = "The PIN is wrong."                  # optional, for people; else what a query of when finds, or the
//	                                              # prompt of the input that it finds absent
//
//	[[step.case]]
//	when = [QUERY, …]
//	goto = "terms"                                # a later step
//
// submitted means that the portal was given all it asked for; whether the link
// is online is for the connectivity probe to say.
//
// # Queries
//
// expect, when and until are lists of queries, capture a table of them by name:
//
//	expect  = [{ status = [200] }, { css = "form#login" }]
//	capture = { left = { json = "session.left", optional = true } }
//
// A query has one source of values:
//
//	css    = "SELECTOR"   the text of each matched element, white space folded, without scripts
//	  attr = "NAME"       the value of this attribute in its place, where there is one
//	url    = "TEXT"       the page's URL where it contains the text; * within stands for any text, so "*" is any URL
//	  param = "NAME"      the values of this parameter of the URL's query
//	via    = "TEXT"       the same of the page's URL, of those that redirected to it and, behind them, of those
//	                      that led the probe to the portal, the last first; with param, too
//	json   = "a.0.b"      the value in a JSON body by keys and indexes; null is none, a table or list is JSON
//	script = "NAME"       the first literal that an inline script assigns to a name (NAME = …, {NAME: …})
//	                      or passes to a call of it (NAME(…)); NAME may have dots: location.replace
//	  nth  = 1            the second literal, and so on; strings, numbers, true, false and null count
//	header = "NAME"       the values of a response header
//	cookie = "NAME"       the cookie that would be sent to the page
//	wispr  = "LoginURL"   the elements of that name in the WISPr message on the page, or in the last redirect
//	                      to it that has one
//	xml    = "NAME"       the text of the elements of that name in a body that is XML, or nearly
//	regex  = "PATTERN"    in the body (RE2): the first group, else the whole of each match
//	status = [200, 302]   the status where it is listed
//	input  = "NAME"       that the user gave this input, and not an empty one; only in when and expect, with
//	                      no test or absent. An expected input that is not there ends the flow as needs-user,
//	                      and one that cannot be looked up, as in a locked keyring, fails it
//
// json, wispr, xml and regex look at the body behind decoders, if there are any, which
// are applied from the left to the right; what cannot be decoded has no values:
//
//	decode = ["base64", "percent"]                # also hex, and jsonp: what stands in name( … );
//
// and at most one test of a value:
//
//	                      none: there is a value
//	text    = "TEXT"      contains, whatever capitals and white space
//	equals  = "TEXT"      is exactly
//	matches = "PATTERN"   a regular expression (RE2) matches somewhere
//	absent  = true        there is no value
//
// A query holds where one value passes; a capture keeps the first that does. Where
// none does the step fails, or the capture is empty if it says optional = true. The
// texts of queries are no templates. Names of elements have no case.
//
// A script is read, never run. Of its strings, \xHH and octal \357 give bytes and
// \uHHHH UTF-8, so that a MikroTik challenge is captured as the bytes it is.
//
// # Templates
//
// Templates are those of text/template, without conditions, loops and variables:
// text, and between {{ and }} names, strings, numbers and functions, with ( ) and |.
//
//	.input.NAME    a declared input; a required one that the user has not given ends the flow as needs-user
//	.capture.NAME  of an earlier step through which every way leads, or optional
//	.probe.NAME    url (the portal's), host (of that), api (RFC 8908)
//	.link.NAME     interface, address, gateway
//	.session.NAME  a capture of the flow that logged in, for maintain.toml and logoff.toml
//
//	md5 S  sha1 S  sha256 S  hmac "sha256" KEY S   raw bytes; hmac also takes "md5" and "sha1"
//	xor S KEY                                      raw bytes: S padded with zeros to a multiple of KEY, which repeats
//	hex S  base64 S  urlencode S                   text made of bytes
//	unhex S  unbase64 S  urldecode S               what that was made of; base64 of both alphabets, + stays +
//	unescape S                                     the escapes of a JavaScript string, as above
//	concat S …  lower S  upper S                   one behind the other; A to Z as a to z, and back
//	replace S OLD NEW                              each OLD in S becomes NEW
//	setquery URL NAME VALUE                        the URL with this parameter set, the rest to the letter
//	resolve URL REF                                where a reference on that page leads to
//	urlhost URL  rawquery URL                      its host with its port; its query as it is written
//	now_ms  random_hex N                           milliseconds since 1970; N digits, at most 128
//
// Raw bytes are no text, so a template must not end in them: add | hex or | base64.
//
// # Secrets
//
// A template that reads a secret input gives a secret, whatever it makes of it.
// Secrets stand only in fields, form and json, are sent only as portal.Session
// allows, and are masked in errors, reasons and the trace. A capture in which the
// portal gives a secret back is secret, too: it is not among [Result.Captures].
//
// Values of the session (.session.NAME) may stand in URLs, but are masked likewise,
// from the moment they are captured: see [Env] and portal.Session.DeclareTokens.
//
// # Ends
//
// A flow always ends: goto leads forward only, a wait is bounded, a step takes
// at most portal.StepTimeout and a flow portal.FlowTimeout.
package flow
