// Package flow is the declarative language in which a pack describes how to log in to a
// portal, to keep the session alive and to log off.
//
// A flow is a TOML file. [ParseWith] checks it completely before anything is sent, and
// [Flow.Run] runs it in a portal.Session. It is data, without loops, expressions and code.
//
// # File
//
//	format     = 1                                # required: the version of the language
//	hosts      = ["login.cafe.test"]              # hosts that the flow may talk to, besides
//	shared_hosts = ["*.cloud.test"]               # those that several networks share; one of the two is required
//	terms      = "Terms of use of Cafe Lumen"     # the terms that it accepts in the user's name; authenticate.toml only; see also steps
//	every      = 180                              # seconds between two runs, 5 to 86400; maintain.toml only
//	expires_in = "{{.capture.left}}"              # how long the login lasts: seconds, a duration like 1h30m, or a time
//
//	secret_in_address = true                      # secrets may be in URLs
//
//	[inputs.user]                                 # a value from the user, read as {{.input.user}}
//	prompt   = "Card number"                      # required: the question to the user
//	secret   = false                              # never shown, never in a URL; in cleartext only with the user's consent
//	optional = false                              # may be empty; else the flow asks for it when it needs it
//	default  = ""                                 # used if the user gives none; not for secrets; an empty one: may be empty
//
//	[[step]]                                      # 1 to 100, run in order
//
// Keys are case-sensitive. An unknown key is a mistake.
//
// A host is a name, an address, *.suffix for all subdomains (not of a public suffix),
// @start for the host of the portal's URL, @gateway for the link's gateway, or @param:NAME
// for the host in the query parameter of that name, which is a URL or a host with or
// without a port. The parameter is one of the portal's URL, else of the URLs that led the
// probe there, the last first; a missing one matches no host. The network chooses the hosts
// of the last three, so they get no secret without the user's consent.
//
// Several networks of different owners use a shared host: the devices of a vendor, or the
// tenants of a cloud. Its certificate does not identify the network, so it gets no secret
// without the user's consent, either. A shared host is a name, an address or *.suffix, and
// is not in hosts, too.
//
// A flow with terms runs only with the user's consent to them, which [Env.Terms] gives;
// else it ends as needs-user. The caller runs a flow with every at that interval: see
// [Flow.Every].
//
// A submit or a post that carries no value that the user gave, or one computed from it, presses
// a button in the user's name. So does an open, a follow of a link or a wait with open that sends
// a field of a form to the address of that form. It needs consent to the terms of its step or
// flow, else to [UnnamedTerms], regardless of what the file says. In maintain.toml it may also carry a value of the session; logoff.toml needs
// no consent, because the user asked to log off.
//
// expires_in is evaluated when the flow ends as submitted. A text that is neither seconds,
// a duration nor a time, negative, or more than 366 days counts as not known.
//
// # Step
//
// A step has a unique id (letters, digits, - and _) and one action. It runs in this order,
// regardless of the order in the file:
//
//  0. Terms: without the user's consent to the terms of the step, the flow ends as
//     needs-user.
//  1. The action, on the current page.
//  2. The cases: the first whose queries in when all hold decides. Then expect does not
//     apply. Captures that are found are kept, unless the case ends the flow as anything
//     but submitted or later.
//  3. All queries of expect hold, or the flow fails.
//  4. The captures.
//  5. The next step. After the last one the outcome is submitted.
//
// The page is the last response: URL, status, header, body. Redirects are followed to hosts
// of the flow; one to another host is itself the page, with its status 3xx and its Location
// header.
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
// submits the one form that the CSS selector matches, or whose controls it matches (in a
// table, a form's controls are beside it), as a browser does: with hidden and
// pre-checked fields, to the form's action, with its method. fields, in the order of the
// file, replace the form's of the same name or are added; those in drop are not sent.
// button selects the button to press, instead of the form's default button.
//
//	post = "TEMPLATE"
//	form = { accept = "on" }                      # or: json = { by = "voucher", code = "{{.input.code}}" }
//
// posts fields, or JSON whose strings are templates; numbers and booleans are sent
// verbatim, and "{{null}}" is null. Names of fields and keys of JSON are templates, too. form = {} sends an empty body.
//
//	follow = "a.continue"                         # or: follow = "meta"
//
// opens the link (href, or src of a frame) of the matched elements, which must be the same
// for all; or follows the page's meta refresh or Refresh header, after its delay, at most
// 30 seconds.
//
//	visit = "check"
//
// opens the connectivity check that the network intercepts (.probe.check), whose host need
// not be in hosts, and follows it to the portal, which makes a new page: some tokens count
// once.
//
//	headers = { X-Requested-With = "XMLHttpRequest" }
//
// beside open, submit, post, follow and wait with open adds headers (templates) to the
// requests, and to redirects within the same origin. Host, Cookie, Content-Length,
// Connection and others that the program sets by itself are not allowed. A secret in one
// follows the rule of a body.
//
//	basic = { user = "{{.input.user}}", password = "{{.input.pass}}" }
//
// beside open, submit and post sends these credentials, in UTF-8, if the portal answers 401
// and asks for Basic authentication. They are sent once, to the origin of the URL alone. If the
// portal answers 401 again, that is the page. An input in them is none in what is submitted,
// because the portal may never ask: submit and post need consent as without basic.
//
//	next = "terms"
//
// names the later step that comes next, instead of the one below; "end" ends the flow as
// submitted.
//
//	closed = { goto = "state", late = "down" }
//
// names the later step that comes next if the connection is closed without an answer, in place of
// failing: late, which is optional, if that took 10 s or more. The page stays the one before;
// cases, expect and captures do not apply.
//
//	wait = { seconds = 3 }
//	wait = { open = "TEMPLATE", every = 2, at_most = 30, until = [QUERY, …] }
//
// waits for 1 to 60 seconds; or opens a URL at that interval until all queries hold, and
// fails if they do not within at_most, which is at most 60. If an attempt gets no response,
// the queries do not hold.
//
// The first step is open, visit, post or wait with open, because the others need a page.
//
// # Cases
//
//	[[step.case]]
//	when   = [QUERY, …]                           # at least one; all must hold
//	result = "denied"                             # submitted, denied, needs-user, unsupported or later: the flow ends
//	cause  = "unreachable"                        # optional: unreachable of later, code of needs-user
//	after  = "{{.capture.wait}}"                  # optional, of later: when another attempt may work
//	reason = "The PIN is wrong."                  # optional, for people; default: what a query of when finds, or
//	                                              # the prompt of the input that it finds absent
//
//	[[step.case]]
//	when = [QUERY, …]
//	goto = "terms"                                # a later step
//
// later means a limit that passes, such as a daily quota or too many devices: the same login
// may work again. With the cause unreachable it is no limit: the service behind the portal that
// decides on logins does not answer. The cause code of needs-user is a one-time code that the
// portal asks for. after says when, if the portal does: seconds, a duration like 1h30m, or a
// time. It may read captures of the same step, too. What has passed or is no time counts as
// not known, and at most 31 days are waited.
//
// A time is ISO 8601 (2026-01-02T15:04:05+01:00; without an offset it is UTC), the date of an
// HTTP header, or a Unix time in seconds or milliseconds.
//
// submitted means that the flow sent all that the portal asked for. Only the connectivity
// probe decides whether the link is online.
//
// # Queries
//
// expect, when and until are lists of queries; capture is a table of them by name:
//
//	expect  = [{ status = [200] }, { css = "form#login" }]
//	capture = { left = { json = "session.left", optional = true } }
//
// A query has one source of values:
//
//	css    = "SELECTOR"   the text of each matched element, white space collapsed, without scripts
//	  attr = "NAME"       the value of this attribute instead
//	url    = "TEXT"       the page's URL if it contains the text; * in it matches any text, so "*" matches any URL
//	  param = "NAME"      the values of this query parameter
//	via    = "TEXT"       like url, for the page's URL, its redirects, and the URLs that led the probe to the
//	                      portal, the last first; also with param
//	json   = "a.0.b"      the value in a JSON body by keys and indexes; an object or array is JSON; null has no value;
//	                      plans[type=free].id is of the first element whose type is free
//	script = "NAME"       the first literal that an inline script assigns to a name (NAME = …, {NAME: …})
//	                      or passes to a call of it (NAME(…)); NAME may have dots: location.replace
//	  nth  = 1            the second literal, and so on, of strings, numbers, true, false and null
//	header = "NAME"       the values of a response header
//	cookie = "NAME"       the cookie that would be sent to the page
//	wispr  = "LoginURL"   the elements of that name in the WISPr message of the page, or of the last redirect
//	                      to it that has one
//	xml    = "NAME"       the text of the elements of that name in a body that resembles XML
//	regex  = "PATTERN"    in the body (RE2): the first group, else the whole of each match
//	status = [200, 302]   the status if it is listed
//	input  = "NAME"       whether the user gave this input, and not an empty one; only in when and expect, with
//	                      no test or absent. If an expected input is missing, the flow ends as needs-user; if
//	                      it cannot be looked up, as in a locked keyring, the flow fails
//	session = "NAME"      a value that the login captured, unless it is empty; in maintain.toml and logoff.toml,
//	                      only in when and expect
//
// json, wispr, xml and regex read the body through decoders, applied from left to right. A
// body that cannot be decoded has no values:
//
//	decode = ["base64", "percent"]                # also hex, and jsonp: the arguments of name( … );
//
// A query has at most one test of a value:
//
//	                      without a test: there is a value
//	text    = "TEXT"      contains, ignoring case and white space
//	equals  = "TEXT"      equals
//	matches = "PATTERN"   a regular expression (RE2) matches somewhere
//	absent  = true        there is no value
//
// A query holds if one value passes the test; a capture keeps the first that does. If none
// does, the step fails, or the capture is empty if it is optional. The texts of queries are
// not templates, except that of equals. Names of elements are not case-sensitive.
//
// Scripts are read, never run. In their strings, \xHH and octal \357 are bytes and \uHHHH
// is UTF-8, so that the bytes of a MikroTik challenge are captured.
//
// # Templates
//
// Templates are those of text/template without conditions, loops and variables: text, and
// between {{ and }} references, strings, numbers and functions, with ( ) and |.
//
//	.input.NAME    a declared input; if a required one is missing, the flow ends as needs-user
//	.capture.NAME  a capture of an earlier step that all paths to this step contain, or an optional one; one that
//	               a step did not find before its goto fails the step that reads it
//	.probe.NAME    url (of the portal), host (of that), api (RFC 8908), check (that was intercepted)
//	.link.NAME     interface, address, gateway
//	.session.NAME  a capture of the login, for maintain.toml and logoff.toml
//
//	md5 S  sha1 S  sha256 S  hmac "sha256" KEY S   raw bytes; hmac also takes "md5" and "sha1"
//	xor S KEY                                      raw bytes: S padded with zeros to a multiple of KEY, which repeats
//	hex S  base64 S  urlencode S                   bytes as text
//	unhex S  unbase64 S  urldecode S               the inverse; base64 of both alphabets, + stays +
//	unescape S                                     the escapes of a JavaScript string, as above
//	or A B …                                      the first that is there and not empty; .session, .probe and .link may be missing here
//	concat S …  lower S  upper S                   concatenation; case of ASCII letters
//	replace S OLD NEW                              S with each OLD replaced by NEW
//	slice S FROM COUNT                             COUNT bytes from byte FROM; a negative FROM counts from the
//	                                               end, a negative COUNT leaves bytes off it
//	split S SEPARATOR N                            the part number N, from 0, or from -1 for the last
//	jsonquote S                                    a JSON string with its quotes
//	timediff FROM TO                               seconds from one time to another
//	setquery URL NAME VALUE                        the URL with this query parameter set, the rest verbatim
//	resolve URL REF                                a reference on that page, resolved
//	urlhost URL  rawquery URL                      its host with its port; its verbatim query
//	now_ms  random_hex N                           milliseconds since 1970; N digits, at most 128
//
// Raw bytes are not text, so a template must not end in them: add | hex or | base64.
//
// # Secrets
//
// The result of a template that reads a secret input is secret. Secrets are allowed only in
// fields, form, json, headers and basic, and in URLs if the flow says secret_in_address = true; then
// the user must allow cleartext, even over TLS. What a URL says before the first value of a secret
// must name its scheme, host and port: of the functions only concat and setquery keep
// that apart. They are sent only as portal.Session permits, and are redacted in
// errors, reasons and the trace. A capture in which the portal returns a secret is secret,
// too: [Result.Captures] does not contain it.
//
// Values of the session (.session.NAME) are allowed in URLs, but are redacted, too, from the
// moment they are captured: see [Env] and portal.Session.DeclareTokens.
//
// # Limits
//
// A flow always ends: goto jumps forward only, a wait is bounded, a step takes at most
// portal.StepTimeout and a flow portal.FlowTimeout.
package flow
