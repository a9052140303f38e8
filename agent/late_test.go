package agent

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotspot-helper/portal"
	"hotspot-helper/probe"
)

// What was found before a secret is known is masked outside the loop: also if more secrets come
// while that is slow, and something else is found. Until it is masked, the status holds it back.
func TestFoundIsMaskedLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newUnrun(t)
		onLoop := looping(t, a)
		evidence := func(text string) *probe.Evidence {
			return &probe.Evidence{Verdict: probe.VerdictPortal, Reason: text, PortalURL: "http://portal.test/" + text}
		}
		const leaked = "swordfish and tortoise"
		need := &Need{Kind: NeedPage, URL: "http://portal.test/" + leaked, Text: leaked}
		as := &association{state: state{phase: PresentingUI}, need: need, findings: findings{evidence: evidence(leaked), portal: evidence(leaked)}}
		as.journal = []Transition{{Time: time.Now(), CauseKind: CauseVerdict, Cause: leaked, Need: need}}
		as.login.said = said{portal: leaked, ended: leaked, redirectNeed: need, redirectWhy: leaked}
		shown := func() string {
			snapshot, err := json.Marshal(as.snapshot())
			if err != nil {
				t.Fatal(err)
			}
			return string(snapshot)
		}
		unblock := make(chan struct{})
		slow := func(secret string) redactors {
			mask := redactor(func(text string) string { <-unblock; return portal.RedactSecrets(portal.Secret(secret))(text) })
			return redactors{secret: {mask, portal.ContainsSecret(portal.Secret(secret)), mask}}
		}

		as.task.step = leaked
		onLoop(func(loop context.Context) { a.learn(loop, as, slow("swordfish")) })
		onLoop(func(loop context.Context) { a.learn(loop, as, slow("tortoise")) })
		onLoop(func(context.Context) {
			if text := shown(); strings.Contains(text, "swordfish") {
				t.Errorf("during a step: %s", text)
			}
		})
		ended := false
		onLoop(func(loop context.Context) {
			as.task.early = evidence("[redacted] and found since")
			as.journal = append(as.journal, Transition{Time: time.Now(), CauseKind: CauseLogin, Cause: "login requested"})
			a.finishMasked(loop, as, as.secrets, func(redactor) {}, func(context.Context) { ended = true })
		})
		onLoop(func(context.Context) {
			if text := shown(); strings.Contains(text, "swordfish") || strings.Contains(text, "tortoise") || !strings.Contains(text, heldText) {
				t.Errorf("meanwhile: %s", text)
			}
			if ended {
				t.Error("the end does not wait for what was found before")
			}
		})
		close(unblock)
		synctest.Wait()
		onLoop(func(context.Context) {
			kept, err := json.Marshal([]any{shown(), as.findings.evidence, as.findings.portal, as.need, as.journal, as.login.said.redirectNeed})
			if err != nil {
				t.Fatal(err)
			}
			text := string(kept) + as.login.said.portal + as.login.said.ended + as.login.said.redirectWhy
			if strings.Contains(text, "swordfish") || strings.Contains(text, "tortoise") || strings.Contains(text, heldText) {
				t.Errorf("in the end: %s", text)
			}
			if n := len(as.journal); n != 2 || as.journal[1].Cause != "login requested" || !ended || as.isHeld() {
				t.Errorf("in the end: %d transitions, ended %t, held %t", n, ended, as.isHeld())
			}
		})
	})
}

// What ends while a secret is not known yet is masked with it before it is used.
func TestEndIsMaskedWithWhatCameMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newUnrun(t)
		onLoop := looping(t, a)
		as := &association{}
		with := func(secret string) redactors { return redactors{}.with(secret, newSession(t, portal.Secret(secret))) }
		text, ended := "swordfish, tortoise and sea-horse", ""
		redact := func(more redactor) {
			text = more.text(text)
			if strings.Contains(text, "sea-horse") { // another secret comes while this one is masked
				a.post(t.Context(), func(context.Context) { as.secrets = as.secrets.join(with("sea-horse")) })
			}
		}
		used := with("swordfish")
		onLoop(func(loop context.Context) {
			as.secrets = used.join(with("tortoise"))
			a.finishMasked(loop, as, used, redact, func(context.Context) { ended = text })
		})
		onLoop(func(context.Context) {
			if ended != "swordfish, [redacted] and [redacted]" {
				t.Errorf("it ends with %q", ended)
			}
		})
	})
}
