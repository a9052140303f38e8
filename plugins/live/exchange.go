package live

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"hotspot-helper/internal/web"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
)

// exchanger makes the exchanges of one flow.
type exchanger struct {
	session *portal.Session
	secrets []string // names of fields that are secret
	presses *presses
	job     plugins.Job
	helper  string
	logger  *slog.Logger
	notes   *notes
	refused error // the first exchange that only the user can allow
	found   int   // secrets that it computed
}

// serve answers one call of a helper.
func (x *exchanger) serve(ctx context.Context, m message) (any, *callError) {
	if m.Method != methodExchange {
		return nil, noMethod(m.Method)
	}
	var call exchangeCall
	reply, failed := x.exchange(ctx, m, &call)
	if failed != nil {
		x.logger.Info("exchange failed", "helper", x.helper, "step", shown(call.Step, x.session.Redact, maxStep),
			"url", cut(web.RedactURLText(x.session.Redact(bound(call.URL))), maxReported), "reason", shown(failed.Error(), x.session.Redact, maxReported))
		return nil, failed
	}
	return reply, nil
}

// exchange decodes a call and makes its exchange.
func (x *exchanger) exchange(ctx context.Context, m message, call *exchangeCall) (any, *callError) {
	x.notes.compare("Exchange", m.Parameters, *call)
	if err := decode(m.Parameters, call); err != nil {
		return nil, invalid("parameters: " + cut(err.Error(), maxReported))
	}
	if wrong := call.check(); wrong != nil {
		return nil, wrong
	}
	call.URL = x.absolute(call.URL)
	if call.Step != "" {
		step := x.session.Redact(call.Step)
		x.session.SetStep(step)
		if x.job.Progress != nil {
			x.job.Progress(step)
		}
	}
	before := x.session.Requests()
	page, err := x.send(ctx, *call)
	if err != nil {
		return nil, x.failure(ctx, err, x.session.Requests() > before)
	}
	x.presses.remember(page)
	reply := exchangeReply{Status: page.Status, URL: page.URL.String(), Headers: page.Header, Body: page.Body, Truncated: page.Truncated}
	if page.Refused != nil {
		reply.Refused = page.Refused.Error()
		x.noteRefused(page.Refused)
	}
	return reply, nil
}

// absolute makes the first URL absolute: it is relative to that of the portal.
func (x *exchanger) absolute(rawURL string) string {
	if x.session.Page() != nil {
		return rawURL // the session knows its page
	}
	base, err := url.Parse(x.job.Evidence.PortalURL)
	if err != nil || base.Host == "" {
		return rawURL
	}
	if ref, err := url.Parse(rawURL); err == nil {
		return base.ResolveReference(ref).String()
	}
	return rawURL
}

// send makes one exchange, if the user agreed to what it does.
func (x *exchanger) send(ctx context.Context, call exchangeCall) (*portal.Page, error) {
	extra, texts, inURL := x.extra(call)
	body := portal.Body{Text: call.Body, Extra: extra}
	for _, field := range call.Form {
		value := x.value(field.name, field.value)
		body.Form = append(body.Form, portal.Field{Name: field.name, Value: value})
		texts = append(texts, field.value)
	}
	if len(call.JSON) > 0 {
		document, found, err := x.document(ctx, call.JSON)
		if err != nil {
			return nil, err
		}
		body.JSON = document
		texts = append(texts, found...)
	}
	if x.found > maxSecrets {
		return nil, errManySecrets
	}
	x.session.Declare(inURL...)
	isPost := call.Method == http.MethodPost
	if err := x.presses.permit(x.job, x.session, call.URL, append(texts, call.Body), isPost); err != nil {
		return nil, err
	}
	if isPost {
		return x.session.Post(ctx, call.URL, body)
	}
	return x.session.OpenWith(ctx, call.URL, extra)
}

// value is that of a field: a secret if the helper says that it computes the field from one.
func (x *exchanger) value(name, text string) portal.Value {
	if text != "" && x.isSecret(name) {
		return x.secret(text)
	}
	return portal.Plain(text)
}

// secret is a value that the helper computed from one.
func (x *exchanger) secret(text string) portal.Value {
	x.found++
	return portal.Secret(text)
}

// errManySecrets is the error of a flow with more than maxSecrets.
var errManySecrets = fmt.Errorf("more than %d values of secret fields", maxSecrets)

func (x *exchanger) isSecret(name string) bool {
	return slices.ContainsFunc(x.secrets, func(secret string) bool { return strings.EqualFold(secret, name) })
}

// extra returns what a call has beside URL and body, the texts in it and in the URL's query, and the secrets there.
func (x *exchanger) extra(call exchangeCall) (extra portal.Extra, texts []string, secrets []portal.Value) {
	extra.Stop = call.Redirects != nil && !*call.Redirects
	for name, text := range call.Headers {
		value := x.value(name, text)
		extra.Headers = append(extra.Headers, portal.Field{Name: name, Value: value})
		texts = append(texts, text)
	}
	sent, _, _ := strings.Cut(call.URL, "#")
	_, query, _ := strings.Cut(sent, "?")
	for parameter := range strings.FieldsFuncSeq(query, isSeparator) {
		name, value, _ := strings.Cut(parameter, "=")
		value = unescape(value)
		texts = append(texts, value)
		if value != "" && x.isSecret(unescape(name)) {
			extra.SecretURL = true
			secrets = append(secrets, x.secret(value))
		}
	}
	return extra, texts, secrets
}

// isSeparator reports whether a character separates the parameters of a query, for any server.
func isSeparator(r rune) bool { return r == '&' || r == ';' }

// unescape decodes a part of a query; one that cannot be decoded stays as it is.
func unescape(text string) string {
	if decoded, err := url.QueryUnescape(text); err == nil {
		return decoded
	}
	return text
}

// document decodes JSON, and returns the strings and numbers in it. Its members are fields: those that are secret count
// so at any depth.
func (x *exchanger) document(ctx context.Context, text json.RawMessage) (document any, texts []string, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		return nil, nil, fmt.Errorf("read json: %w", err)
	}
	document, err = x.mark(ctx, document, false, &texts)
	return document, texts, err
}

// errSecretNumber is the error of a secret that is not text: a session sends only text as a secret.
var errSecretNumber = errors.New("read json: a secret must be a string, not a number")

// mark replaces the strings of secret members by secrets, up to the first mistake or the end of the context.
func (x *exchanger) mark(ctx context.Context, node any, secret bool, texts *[]string) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch node := node.(type) {
	case map[string]any:
		return node, markAll(maps.All(node), func(name string, below any) (err error) {
			node[name], err = x.mark(ctx, below, secret || x.isSecret(name), texts)
			return err
		})
	case []any:
		return node, markAll(slices.All(node), func(i int, below any) (err error) {
			node[i], err = x.mark(ctx, below, secret, texts)
			return err
		})
	case string:
		*texts = append(*texts, node)
		if secret && node != "" {
			return x.secret(node), nil
		}
	case json.Number:
		*texts = append(*texts, node.String())
		if secret || x.session.ContainsSecret(node.String()) {
			return nil, errSecretNumber
		}
	}
	return node, nil
}

// markAll marks the parts of a node up to the first mistake.
func markAll[K any](parts iter.Seq2[K, any], mark func(K, any) error) error {
	for key, below := range parts {
		if err := mark(key, below); err != nil {
			return err
		}
	}
	return nil
}

// failure is why an exchange failed, as the helper sees it; isSent says that the session tried it.
func (x *exchanger) failure(ctx context.Context, err error, isSent bool) *callError {
	x.noteRefused(err)
	kind := "network"
	_, isHost := errors.AsType[*portal.HostError](err)
	_, isSecret := errors.AsType[*portal.SecretError](err)
	_, isTerms := errors.AsType[*termsError](err)
	switch {
	case isHost:
		kind = "host"
	case isSecret:
		kind = "secret"
	case isTerms:
		kind = "terms"
	case x.session.Requests() >= portal.MaxRequests, errors.Is(err, errManySecrets):
		kind = "limit"
	case errors.Is(err, context.DeadlineExceeded), ctx.Err() != nil:
		kind = "timeout"
	case !isSent:
		kind = "invalid"
	case portal.IsClosed(err):
		kind = "closed"
	}
	return &callError{errExchange, map[string]string{"kind": kind, "reason": shown(err.Error(), x.session.Redact, maxReported)}}
}

// noteRefused keeps the first refusal that only the user can lift, so that a helper cannot conceal it.
func (x *exchanger) noteRefused(err error) {
	_, isSecret := errors.AsType[*portal.SecretError](err)
	_, isTerms := errors.AsType[*termsError](err)
	if x.refused == nil && (isSecret || isTerms) {
		x.refused = err
	}
}
