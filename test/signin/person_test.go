package signin_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
)

//go:embed person.js
var personScript string

// account is what a person knows.
type account struct {
	User     string `json:"user"`
	Password string `json:"password"`
	Email    string `json:"email"`
	Voucher  string `json:"voucher"`
}

// person signs in at portals as people do: types into what asks for it, ticks what must be ticked,
// presses what looks like the way forward.
type person struct {
	browser *driven
	account account
	tried   map[string]int
	did     []string // for a test that fails
}

// plan is what the person does on a page.
type plan struct {
	URL   string
	Typed []struct {
		At   int
		Text string
	}
	Boxes, Choices []int
	Button         *int
	Score          int
	Label          string
	frame          frame
}

// frame is an isolated world of the test in a frame.
type frame struct {
	session string
	context int64
}

// step does one thing on the page that offers most. It returns false if there is nothing to do.
func (p *person) step(ctx context.Context) bool {
	best := plan{Score: -1}
	for _, f := range p.frames(ctx) {
		now, ok := p.look(ctx, f)
		if ok && (len(now.Typed) > len(best.Typed) || len(now.Typed) == len(best.Typed) && now.Score > best.Score) {
			best = now
		}
	}
	if best.Button == nil && len(best.Typed) == 0 {
		return false
	}
	for _, typed := range best.Typed {
		p.write(ctx, best.frame, typed.At, typed.Text)
	}
	for _, at := range append(best.Boxes, best.Choices...) {
		p.evaluate(ctx, best.frame, fmt.Sprintf("found[%d].click()", at))
	}
	if best.Button != nil {
		p.tried[best.Label]++
		p.evaluate(ctx, best.frame, fmt.Sprintf("found[%d].click()", *best.Button))
	}
	p.did = append(p.did, fmt.Sprintf("%s: types %d, ticks %d, presses %s", best.URL, len(best.Typed), len(best.Boxes)+len(best.Choices), best.Label))
	p.browser.settle(ctx)
	return true
}

// write types into a control, and again if not all is there: a page that was not painted yet drops keys.
func (p *person) write(ctx context.Context, f frame, at int, text string) {
	const attempts = 3
	for range attempts {
		p.evaluate(ctx, f, fmt.Sprintf("found[%d].focus(), found[%[1]d].select?.()", at))
		for _, r := range text {
			p.browser.call(ctx, f.session, "Input.dispatchKeyEvent", map[string]any{"type": "keyDown", "text": string(r), "key": string(r)})
			p.browser.call(ctx, f.session, "Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": string(r)})
		}
		if p.evaluate(ctx, f, fmt.Sprintf("found[%d].value", at)) == text {
			return
		}
	}
}

// look asks the page what a person would do.
func (p *person) look(ctx context.Context, f frame) (plan, bool) {
	given, err := json.Marshal(p.account)
	tried, err2 := json.Marshal(p.tried)
	if err != nil || err2 != nil {
		return plan{}, false
	}
	now := plan{frame: f}
	text := p.evaluate(ctx, f, fmt.Sprintf("%s(%s, %s)", personScript, given, tried))
	return now, json.Unmarshal([]byte(text), &now) == nil
}

// frames makes a world in each frame of all windows.
func (p *person) frames(ctx context.Context) []frame {
	var list []frame
	for _, session := range p.browser.targets(ctx) {
		var tree struct{ FrameTree frameTree }
		if json.Unmarshal(p.browser.call(ctx, session, "Page.getFrameTree", nil), &tree) != nil {
			continue
		}
		for _, id := range tree.FrameTree.ids() {
			var made struct{ ExecutionContextID int64 }
			result := p.browser.call(ctx, session, "Page.createIsolatedWorld", map[string]any{"frameId": id, "worldName": "person"})
			if json.Unmarshal(result, &made) == nil {
				list = append(list, frame{session, made.ExecutionContextID})
			}
		}
	}
	return list
}

type frameTree struct {
	Frame       struct{ ID string }
	ChildFrames []frameTree
}

func (t frameTree) ids() []string {
	list := []string{t.Frame.ID}
	for _, child := range t.ChildFrames {
		list = append(list, child.ids()...)
	}
	return list
}

// evaluate runs a script in a frame and returns its text.
func (p *person) evaluate(ctx context.Context, f frame, script string) string {
	var value struct{ Result struct{ Value any } }
	result := p.browser.call(ctx, f.session, "Runtime.evaluate", map[string]any{
		"expression": script, "contextId": f.context, "userGesture": true, "returnByValue": true,
	})
	if json.Unmarshal(result, &value) != nil {
		return ""
	}
	text, _ := value.Result.Value.(string)
	return text
}
