package desktop

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotspot-helper/agent"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// now is the time of these tests.
var now = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// cafe is an association with a network of that name.
func cafe(phase agent.Phase, change func(*agent.Association)) agent.Association {
	as := agent.Association{
		Interface: "wlan0", SSID: "Cafe", Identity: wifi.Identity{SSID: "Cafe", Security: wifi.SecurityOpen},
		Phase: phase, Verdict: probe.VerdictPortal, Helper: "lumen",
	}
	if phase == agent.Authenticated || phase == agent.Maintaining {
		as.Verdict = probe.VerdictFull
	}
	if change != nil {
		change(&as)
	}
	return as
}

func needs(need agent.Need) agent.Association {
	need.Helper = "lumen"
	return cafe(agent.PresentingUI, func(as *agent.Association) { as.Need = &need })
}

// expiring is a session that lasts for some time.
func expiring(left time.Duration, helper string) agent.Association {
	return cafe(agent.Authenticated, func(as *agent.Association) {
		end := now.Add(left)
		as.Expires, as.Helper = &end, helper
	})
}

// loggedIn is a session that a helper began a while ago.
func loggedIn() agent.Association {
	return cafe(agent.Authenticated, func(as *agent.Association) {
		as.Journal = []agent.Transition{
			{From: agent.Authenticating, To: agent.Verifying, Helper: "lumen"},
			{From: agent.Verifying, To: agent.Authenticated, Helper: "lumen"},
			{From: agent.Authenticated, To: agent.Maintaining, Helper: "lumen"},
			{From: agent.Maintaining, To: agent.Authenticated, Helper: "lumen"},
		}
	})
}

func deciding(mode Mode) notices {
	return notices{
		mode: mode, canOpen: true, now: now,
		isOpen: func(string) bool { return false }, isFailed: func(string) bool { return false }, isMuted: func(wifi.Identity) bool { return false },
		command: func(n agent.Need) string {
			if n.Kind == agent.NeedTerms || n.Kind == agent.NeedInput {
				return "helper …"
			}
			return ""
		},
		open: func(iface string) string { return "helper open -i " + iface },
	}
}

// shownAs is a notice as a line: its key, summary, body and actions.
func shownAs(all map[string]notice) []string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		n := all[key]
		var actions []string
		for _, a := range n.Actions {
			actions = append(actions, a.Key)
		}
		body := slices.DeleteFunc(slices.Clone(n.Body), func(p string) bool { return p == "" })
		lines = append(lines, key+": "+n.Summary+" / "+strings.Join(body, " ")+" / "+strings.Join(actions, " "))
	}
	return lines
}

func TestNotices(t *testing.T) {
	t.Parallel()
	const at = "need wifi/open/Cafe: "
	for name, c := range map[string]struct {
		mode Mode
		as   agent.Association
		want string // empty: nothing
	}{
		"terms":             {NotifyNeeds, needs(agent.Need{Kind: agent.NeedTerms, Terms: "Be nice."}), at + "Accept the terms of Cafe? / Be nice. lumen logs in by itself once you accept. / accept open mute"},
		"terms, refused":    {NotifyNeeds, needs(agent.Need{Kind: agent.NeedTerms, TermsDenied: true}), ""},
		"input":             {NotifyNeeds, needs(agent.Need{Kind: agent.NeedInput, Input: "pin"}), at + "Cafe wants an input / lumen logs in by itself once it has 'pin'. In a terminal: helper … / open mute"},
		"keyring":           {NotifyNeeds, needs(agent.Need{Kind: agent.NeedSecretStore, Input: "pin", Locked: true}), at + "Unlock your keyring to log in to Cafe / lumen needs 'pin' from it. / open mute"},
		"keyring, broken":   {NotifyNeeds, needs(agent.Need{Kind: agent.NeedSecretStore, Input: "pin"}), at + "A stored secret for Cafe cannot be read / lumen needs 'pin'. / open mute"},
		"cleartext":         {NotifyNeeds, needs(agent.Need{Kind: agent.NeedCleartext}), at + "Cafe would get your secret unprotected / lumen does not send it where others can read it. / open mute"},
		"shared host":       {NotifyNeeds, needs(agent.Need{Kind: agent.NeedSharedHost}), at + "Cafe does not show whose network it is / lumen does not send your secret to a host that many networks share. / open mute"},
		"page":              {NotifyNeeds, needs(agent.Need{Kind: agent.NeedPage, Text: "Room not found"}), at + "Sign in to Cafe / The portal said: Room not found / open mute"},
		"code":              {NotifyNeeds, needs(agent.Need{Kind: agent.NeedCode}), at + "Cafe wants a one-time code /  / open mute"},
		"certificate":       {NotifyNeeds, needs(agent.Need{Kind: agent.NeedCertificate}), at + "The portal of Cafe is not trusted / Its certificate is not valid for it. Enter nothing there that is secret. / open mute"},
		"changed":           {NotifyNeeds, needs(agent.Need{Kind: agent.NeedChanged}), "changed wifi/open/Cafe: The portal of Cafe changed / lumen waits, because your secret would go elsewhere than before: 'helper status' shows both. / open mute"},
		"silence":           {NotifyNone, needs(agent.Need{Kind: agent.NeedPage}), ""},
		"off":               {NotifyNeeds, cafe(agent.PresentingUI, func(as *agent.Association) { as.LoginOff, as.Need = true, &agent.Need{Kind: agent.NeedPage} }), ""},
		"later":             {NotifyAll, cafe(agent.Deferred, func(as *agent.Association) { as.Need = &agent.Need{Kind: agent.NeedLimit} }), ""},
		"refused":           {NotifyNeeds, cafe(agent.Failed, func(as *agent.Association) { as.Journal = []agent.Transition{{To: agent.Failed, Cause: "wrong PIN"}} }), "refused wifi/open/Cafe: Cafe refused the login / wrong PIN / open mute"},
		"not recognised":    {NotifyNeeds, agent.Association{Interface: "eth0", Phase: agent.PresentingUI, Need: &agent.Need{Kind: agent.NeedTerms, Terms: "Be nice."}}, "need eth0: Accept the terms of this network? / Be nice.  logs in by itself once you accept. In a terminal: helper … / open"},
		"logged in":         {NotifyAll, loggedIn(), "logged-in wifi/open/Cafe: Logged in to Cafe / by lumen / "},
		"logged in, untold": {NotifyNeeds, loggedIn(), ""},
		"logged in by hand": {NotifyAll, cafe(agent.Authenticated, func(as *agent.Association) {
			as.Journal = []agent.Transition{{From: agent.PresentingUI, To: agent.Authenticated}}
		}), ""},
		"end": {NotifyNeeds, expiring(4*time.Minute, ""), "end wifi/open/Cafe: The session on Cafe ends soon / It ends at " + now.Add(4*time.Minute).Local().Format("15:04") + ". / "},
		"end, learned": {NotifyNeeds, func() agent.Association {
			as := expiring(4*time.Minute, "")
			as.ExpiresLearned = true
			return as
		}(), "end wifi/open/Cafe: The session on Cafe ends soon / It is likely to end at about " + now.Add(4*time.Minute).Local().Format("15:04") + ", as sessions here did before. / "},
		"end, later":          {NotifyNeeds, expiring(6*time.Minute, ""), ""},
		"end, over":           {NotifyNeeds, expiring(-time.Second, ""), ""},
		"end, of a helper":    {NotifyNeeds, expiring(4*time.Minute, "lumen"), ""},
		"end, of one, all":    {NotifyAll, expiring(4*time.Minute, "lumen"), "end wifi/open/Cafe: The session on Cafe ends soon / It ends at " + now.Add(4*time.Minute).Local().Format("15:04") + ". / "},
		"not joined":          {NotifyAll, cafe(agent.Inactive, func(as *agent.Association) { as.Need = &agent.Need{Kind: agent.NeedPage} }), ""},
		"logged off":          {NotifyAll, cafe(agent.LoggedOff, nil), ""},
		"on request, metered": {NotifyAll, cafe(agent.OnRequest, nil), ""},
	} {
		all, _ := deciding(c.mode).wanted([]agent.Association{c.as}, nil)
		var want []string
		if c.want != "" {
			want = []string{c.want}
		}
		if diff := cmp.Diff(want, shownAs(all)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Time decides again when a session is about to end, and when it has.
func TestNoticesAreDue(t *testing.T) {
	t.Parallel()
	other := expiring(7*time.Minute, "")
	other.Interface, other.Identity.SSID = "wlan1", "Bar"
	for _, c := range []struct {
		all  []agent.Association
		want time.Duration // 0: never
	}{
		{[]agent.Association{expiring(8*time.Minute, ""), other}, 2 * time.Minute},
		{[]agent.Association{expiring(4*time.Minute, "")}, 4 * time.Minute},
		{[]agent.Association{expiring(-time.Minute, "")}, 0},
		{[]agent.Association{expiring(8*time.Minute, "lumen")}, 0},
		{[]agent.Association{cafe(agent.Authenticated, nil)}, 0},
	} {
		_, next := deciding(NotifyNeeds).wanted(c.all, nil)
		if c.want == 0 && !next.IsZero() || c.want != 0 && !next.Equal(now.Add(c.want)) {
			t.Errorf("%+v: next at %v, want after %v", c.all, next, c.want)
		}
	}
}

// What stands stays while the agent looks again, and goes with the network, or when the user asks for a login.
func TestNoticesStay(t *testing.T) {
	t.Parallel()
	n := deciding(NotifyNeeds)
	stands, _ := n.wanted([]agent.Association{needs(agent.Need{Kind: agent.NeedPage})}, nil)
	moved := func(to agent.Phase, kind agent.CauseKind) agent.Association {
		return cafe(to, func(as *agent.Association) {
			as.Journal = []agent.Transition{
				{From: agent.PresentingUI, To: agent.Evaluating, CauseKind: kind},
				{From: agent.Evaluating, To: to, CauseKind: agent.CauseVerdict},
			}
		})
	}
	elsewhere := moved(agent.Evaluating, agent.CauseRadio)
	elsewhere.Identity.SSID = "Bar"
	for name, c := range map[string]struct {
		as   agent.Association
		want int
	}{
		"looks again":    {moved(agent.Evaluating, agent.CauseRadio), 1},
		"logs in again":  {moved(agent.Verifying, agent.CauseConnectivity), 1},
		"asked for":      {moved(agent.Verifying, agent.CauseLogin), 0},
		"terms accepted": {moved(agent.Authenticating, agent.CauseConsent), 0},
		"logged off":     {moved(agent.LoggingOff, agent.CauseLogoff), 0},
		"online":         {cafe(agent.Authenticated, nil), 0},
		"left":           {cafe(agent.Inactive, nil), 0},
		"elsewhere":      {elsewhere, 0},
	} {
		if all, _ := n.wanted([]agent.Association{c.as}, stands); len(all) != c.want {
			t.Errorf("%s: %q", name, shownAs(all))
		}
	}
}

// A network has one notice of each reason, and none where a person acts already or does not want to be asked.
func TestNoticesAreFew(t *testing.T) {
	t.Parallel()
	need := needs(agent.Need{Kind: agent.NeedPage})
	second := need
	second.Interface = "wlan1"
	n := deciding(NotifyNeeds)
	if all, _ := n.wanted([]agent.Association{need, second}, nil); len(all) != 1 || all["need wifi/open/Cafe"].iface != "wlan0" {
		t.Errorf("two interfaces: %q", shownAs(all))
	}
	open := n
	open.isOpen = func(iface string) bool { return iface == "wlan0" }
	if all, _ := open.wanted([]agent.Association{need}, nil); !all["need wifi/open/Cafe"].Hidden {
		t.Errorf("with a window: %q", shownAs(all))
	}
	failed := n
	failed.isFailed = open.isOpen
	if all, _ := failed.wanted([]agent.Association{need, second}, nil); len(all) != 2 || all["window wifi/open/Cafe"].Summary != "No window opens for Cafe" {
		t.Errorf("with a window that failed: %q", shownAs(all))
	}
	muted := n
	muted.isMuted = func(network wifi.Identity) bool { return network == need.Identity }
	if all, _ := muted.wanted([]agent.Association{need}, nil); len(all) != 0 {
		t.Errorf("not here: %q", shownAs(all))
	}
	n.canOpen = false
	all, _ := n.wanted([]agent.Association{need}, nil)
	if got := shownAs(all); len(got) != 1 || !strings.HasSuffix(got[0], "/ In a terminal: helper open -i wlan0 / mute") {
		t.Errorf("without a window: %q", got)
	}
}
