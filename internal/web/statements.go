package web

import (
	"strconv"
	"strings"
	"time"

	"github.com/tdewolff/parse/v2/js"
)

// maxScriptCookies bounds the cookies that are read of one script.
const maxScriptCookies = MaxCookies

// ScriptEffects is what the statements of a script do that always run: see [ScriptRedirect].
type ScriptEffects struct {
	Redirect string        // where the script goes at once; "": nowhere
	Later    string        // where it goes after a while, by setTimeout; "": nowhere
	After    time.Duration // how long that is, at most [MaxRefresh]
	Cookies  []string      // what it assigns to document.cookie, as Set-Cookie has it
}

// ReadScript returns the effects of a script, which is read and never run. Only literals count. Of the
// timers in the text of a timer nothing is read, so that each byte is read twice at most.
func ReadScript(script string) ScriptEffects {
	tokens := Tokens(nil, script)
	var effects ScriptEffects
	atTopLevel(tokens, func(i int) {
		if target := navigation(tokens[i:]); target != "" {
			effects.Redirect = target
		}
		if cookie := cookieAssignment(tokens[i:]); cookie != "" && len(effects.Cookies) < maxScriptCookies {
			effects.Cookies = append(effects.Cookies, cookie)
		}
		if target, after := timer(tokens[i:]); target != "" && (effects.Later == "" || after < effects.After) {
			effects.Later, effects.After = target, after
		}
	})
	return effects
}

// atTopLevel calls found with the index of each statement that always runs.
func atTopLevel(tokens []Token, found func(int)) {
	depth := 0
	for i, t := range tokens {
		switch t.Kind {
		case js.OpenParenToken, js.OpenBracketToken, js.OpenBraceToken:
			depth++
		case js.CloseParenToken, js.CloseBracketToken, js.CloseBraceToken:
			depth--
		default:
			if depth == 0 && startsStatement(tokens, i) {
				found(i)
			}
		}
	}
}

// cookieAssignment returns the literal that a statement assigns to document.cookie, or "".
func cookieAssignment(tokens []Token) string {
	path, rest := memberPath(tokens)
	if len(path) > 1 && path[0] == "window" {
		path = path[1:]
	}
	if strings.Join(path, ".") != "document.cookie" || len(rest) < 2 || rest[0].Kind != js.EqToken {
		return ""
	}
	return concatenation(rest[1:], js.SemicolonToken)
}

// timer returns where a statement goes by setTimeout with a function of its own, or with the
// text of a script, and after how long.
func timer(tokens []Token) (target string, after time.Duration) {
	path, rest := memberPath(tokens)
	if len(path) == 2 && path[0] == "window" {
		path = path[1:]
	}
	if len(path) != 1 || path[0] != "setTimeout" || len(rest) < 2 || rest[0].Kind != js.OpenParenToken {
		return "", 0
	}
	action, delay, ok := timerArguments(rest[1:])
	if !ok {
		return "", 0
	}
	if len(action) == 1 && action[0].Kind == js.StringToken {
		return ScriptRedirect(Unescape(action[0].unquoted())), delay
	}
	return callback(action), delay
}

// timerArguments returns the first argument of a call, and the second as a time.
func timerArguments(tokens []Token) (action []Token, delay time.Duration, ok bool) {
	comma, end := argumentMarks(tokens)
	switch {
	case end < 0:
		return nil, 0, false
	case comma < 0:
		return tokens[:end], 0, true
	case comma == end-1:
		return tokens[:comma], 0, true
	}
	delay, ok = milliseconds(tokens[comma+1 : end])
	return tokens[:comma], delay, ok
}

// argumentMarks returns where the first comma between the arguments of a call is, and its
// closing parenthesis; -1: nowhere.
func argumentMarks(tokens []Token) (comma, end int) {
	comma = -1
	depth := 0
	for i, t := range tokens {
		switch t.Kind {
		case js.OpenParenToken, js.OpenBracketToken, js.OpenBraceToken:
			depth++
		case js.CloseParenToken, js.CloseBracketToken, js.CloseBraceToken:
			if depth--; depth < 0 {
				return comma, i
			}
		case js.CommaToken:
			if depth == 0 && comma < 0 {
				comma = i
			}
		}
	}
	return comma, -1
}

func milliseconds(tokens []Token) (time.Duration, bool) {
	if len(tokens) != 1 || !js.IsNumeric(tokens[0].Kind) {
		return 0, false
	}
	number, err := strconv.ParseFloat(tokens[0].Text, 64)
	if err != nil || number < 0 {
		return 0, false
	}
	return time.Duration(min(number, float64(MaxRefresh/time.Millisecond))) * time.Millisecond, true
}

// callback returns where a function goes that is written out: function () { … }, () => { … }
// or () => ….
func callback(tokens []Token) string {
	body, arrow, ok := functionBody(tokens)
	if !ok {
		return ""
	}
	if arrow && body[0].Kind != js.OpenBraceToken {
		return navigation(append(body[:len(body):len(body)], Token{Kind: js.SemicolonToken}))
	}
	if len(body) < 2 || body[0].Kind != js.OpenBraceToken || body[len(body)-1].Kind != js.CloseBraceToken {
		return ""
	}
	statements := append(body[1:len(body)-1:len(body)-1], Token{Kind: js.SemicolonToken, Newline: true})
	return lastNavigation(statements)
}

// functionBody returns what follows the empty parameters of a function, which is not nothing,
// and whether an arrow stands between.
func functionBody(tokens []Token) (body []Token, arrow, ok bool) {
	start := 0
	for start < len(tokens) && (tokens[start].Kind == js.FunctionToken || js.IsIdentifier(tokens[start].Kind)) {
		start++
	}
	body = tokens[start:]
	if len(body) < 2 || body[0].Kind != js.OpenParenToken || body[1].Kind != js.CloseParenToken {
		return nil, false, false
	}
	body = body[2:]
	if start == 0 {
		if len(body) == 0 || body[0].Kind != js.ArrowToken {
			return nil, false, false
		}
		body, arrow = body[1:], true
	}
	return body, arrow, len(body) > 0
}

// memberPath returns the names of a.b.c at the beginning of a statement, and what follows.
func memberPath(tokens []Token) (path []string, rest []Token) {
	for len(tokens) > 1 && js.IsIdentifierName(tokens[0].Kind) {
		path = append(path, tokens[0].Text)
		if tokens[1].Kind != js.DotToken {
			return path, tokens[1:]
		}
		tokens = tokens[2:]
	}
	return path, tokens
}
