package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"hotspot-helper/agent"
	"hotspot-helper/internal/bus"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/live"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/wifi"
)

// packRunOptions are the flags of `helper pack run`.
type packRunOptions struct {
	sessionOptions

	flow    string
	against string            // address of a simulated hotspot; empty: the network of this computer
	record  string            // path of the case to write; empty: none
	inputs  map[string]string // by name, none a secret
	secrets []string          // names of inputs to read from standard input
}

func (a *app) packRunCommand() *cobra.Command {
	o := packRunOptions{}
	cmd := &cobra.Command{
		Use:   "run DIR|NAME.toml",
		Short: "Try a pack on the network that you are on, and show each step",
		Long: `run logs in with the pack in a directory, as 'helper login' would if there were no other
helper: probe, claim, log in, probe again. It shows each request, what the pack captured
and which cases matched. --flow logoff logs off afterwards, --flow maintain runs the
maintain flow once. It refuses to run while the agent does, which would log in first.
NAME.toml is the registration of a live helper, which is tried in the same way.

--against tries the pack on a hotspot that 'helper demo --portal' simulates. The hotspot
first forgets its client. No consent is needed there: nothing leaves this computer. It
prints which consents a real network will want for what was sent.

--record writes the portal's answers as a case for 'helper pack test'. Your inputs,
tokens and addresses are replaced, but check the case before you share it.

Inputs come from --input, --secret, the configuration and 'helper secret'. Consent is
needed as in a login, see 'helper consent'.

Exit codes: 0 the flow succeeded, 6 the portal refused, 7 only the user can pass, 8 the
pack does not claim the network, 1 error, 2 wrong usage.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runPack(cmd.Context(), args[0], o) },
	}
	o.sessionOptions.flags(cmd)
	cmd.Flags().StringVar(&o.flow, "flow", plugins.FlowAuthenticate, "`FLOW` to try: authenticate, maintain or logoff")
	cmd.Flags().StringVar(&o.against, "against", "", "try it on the simulated hotspot at this `ADDRESS`")
	cmd.Flags().StringVar(&o.record, "record", "", "write the flow as the case of this `PATH`, such as tests/right")
	cmd.Flags().StringToStringVar(&o.inputs, "input", nil, "`NAME=VALUE` of an input that is not secret; may be repeated")
	cmd.Flags().Lookup("input").DefValue = "" // the help shows none
	cmd.Flags().StringArrayVar(&o.secrets, "secret", nil, "read the input of this `NAME` from standard input")
	return cmd
}

func (a *app) runPack(ctx context.Context, dir string, o packRunOptions) error {
	if o.against != "" && o.iface != "" {
		return &failure{code: exitUsage, err: errors.New("choose a network: want --against or --interface, not both"), hint: "see 'helper pack run --help'"}
	}
	p, err := a.openTryable(ctx, dir)
	if err != nil {
		return err
	}
	if err := o.check(p); err != nil {
		return &failure{code: exitUsage, err: err, hint: "see 'helper pack run --help'"}
	}
	r, err := a.daemonEnv().OpenWithoutMemory(ctx)
	if err != nil {
		return err
	}
	shared := *a
	shared.trial = newTried(p, dir)
	var mu sync.Mutex // the agent's flows and the command print to one terminal
	shared.stdout, shared.stderr = lockedWriter{a.stdout, &mu}, lockedWriter{a.stderr, &mu}
	trial := &packTrial{app: &shared, pack: p, options: o}
	if err := trial.configure(r); err != nil {
		return err
	}
	ag, err := trial.newAgent(ctx, r)
	if err != nil {
		return err
	}
	return trial.run(ctx, ag)
}

// lockedWriter is a writer that several goroutines may use.
type lockedWriter struct {
	out io.Writer
	mu  *sync.Mutex
}

func (w lockedWriter) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(text)
}

// newAgent makes an agent that is only on the network to try the pack on.
func (t *packTrial) newAgent(ctx context.Context, r *daemon.Runtime) (*agent.Agent, error) {
	o := &t.options
	if o.against == "" {
		if err := t.wantNoAgent(ctx); err != nil {
			return nil, err
		}
		chosen, err := t.chooseLink(ctx, o.iface)
		if err != nil {
			return nil, err
		}
		o.iface = chosen.Interface
	} else {
		o.iface = simulatedInterface
	}
	overrides, err := overridesOf(o.ssid, o.iface)
	if err != nil {
		return nil, err
	}
	overrides.Apply(&r.Settings)
	if o.against == "" {
		return r.NewAgent(t.quietLogger(o.verbose), true)
	}
	there, err := findSimulated(ctx, o.against)
	if err != nil {
		return nil, err
	}
	return there.join(r, t.quietLogger(o.verbose))
}

// check refuses flows and inputs that the pack does not have.
func (o packRunOptions) check(p tryable) error {
	has, err := hasFlow(p, o.flow)
	if err != nil {
		return err
	}
	if !has {
		return fmt.Errorf("find flow %q: the pack has no %s.toml", o.flow, o.flow)
	}
	secret := daemon.SecretInputs(p)
	for _, name := range slices.Sorted(maps.Keys(o.inputs)) {
		if hidden, known := secret[name]; !known || hidden {
			return fmt.Errorf("use input %q: the pack has no input of that name that is not secret", name)
		}
	}
	for _, name := range o.secrets {
		if _, known := secret[name]; !known {
			return fmt.Errorf("use secret %q: the pack has no such input", name)
		}
	}
	return nil
}

// wantNoAgent refuses to run beside an agent, which would log in first.
func (a *app) wantNoAgent(ctx context.Context) error {
	client, err := bus.Dial(ctx, a.daemonEnv().Bus())
	if err != nil {
		return nil // no agent, or none that the user can reach and stop
	}
	return errors.Join(hinted(errors.New("run pack: the agent runs, and would log in first"), "stop it with 'systemctl --user stop hotspot-helper', or end the 'helper run' that you started; --against needs no network"), client.Close())
}

// packTrial is one try of a pack.
type packTrial struct {
	*app

	pack    tryable
	options packRunOptions

	mu       sync.Mutex
	recorder *replay.Recorder // of the flow that is tried; nil before it began
	live     *liveEnd         // of that flow; nil before it ended
	recorded []recordedFlow   // all that began, in order
}

// recordedFlow is a flow with its recorder.
type recordedFlow struct {
	name     string
	recorder *replay.Recorder
}

// liveEnd is how a flow ended on the network.
type liveEnd struct {
	result flow.Result
	err    error
}

// observedPack is the pack that is tried. Its trial keeps how the flow ended.
type observedPack struct {
	tryable

	trial *packTrial
}

// Authenticate logs in.
func (p observedPack) Authenticate(ctx context.Context, job plugins.Job) (flow.Result, error) {
	return p.observe(ctx, plugins.FlowAuthenticate, job)
}

// Maintain keeps the session.
func (p observedPack) Maintain(ctx context.Context, job plugins.Job) (flow.Result, error) {
	return p.observe(ctx, plugins.FlowMaintain, job)
}

// Logoff ends the session.
func (p observedPack) Logoff(ctx context.Context, job plugins.Job) (flow.Result, error) {
	return p.observe(ctx, plugins.FlowLogoff, job)
}

func (p observedPack) observe(ctx context.Context, name string, job plugins.Job) (flow.Result, error) {
	result, err := plugins.RunFlow(ctx, p.tryable, name, job)
	if name == p.trial.options.flow {
		p.trial.mu.Lock()
		defer p.trial.mu.Unlock()
		p.trial.live = &liveEnd{result, err}
	}
	return result, err
}

// configure makes the pack the only helper.
func (t *packTrial) configure(r *daemon.Runtime) error {
	given, err := t.given()
	if err != nil {
		return err
	}
	if helper, isLive := t.pack.(*live.Helper); isLive {
		helper.LogTo(slog.New(authorHandler{t.stdout}))
	}
	r.Settings.Registry = plugins.NewRegistry([]plugins.Entry{{Helper: observedPack{t.pack, t}}})
	r.Settings.Policy = func(wifi.Identity) agent.Policy { return agent.Policy{} }
	stored := t.daemonEnv().Inputs(r.Config)
	r.Settings.Inputs = func(helper plugins.Helper, input string) (portal.Value, bool, error) {
		if value, ok := given[input]; ok {
			return value, true, nil
		}
		return stored(helper, input)
	}
	if t.options.flow == plugins.FlowMaintain {
		r.Settings.Keepalive = time.Second
	}
	r.Record = t.record
	return nil
}

// given reads the inputs of the command line and of standard input.
func (t *packTrial) given() (map[string]portal.Value, error) {
	given := map[string]portal.Value{}
	for name, value := range t.options.inputs {
		given[name] = portal.Plain(value)
	}
	if len(t.options.secrets) > 1 && t.readPassword == nil {
		return nil, &failure{code: exitUsage, err: errors.New("read secrets: without a terminal only one --secret is possible")}
	}
	for _, name := range t.options.secrets {
		value, err := t.readSecret(fmt.Sprintf("%s of %s: ", name, t.pack.Name()))
		if err != nil {
			return nil, err
		}
		if value == "" { // it would count as an attempt on the account
			return nil, &failure{code: exitUsage, err: fmt.Errorf("read %s: it is empty", name), hint: "standard input has the secret"}
		}
		given[name] = portal.Secret(value)
	}
	return given, nil
}

// record prints every flow, and keeps the recorder of the one that is tried.
func (t *packTrial) record(flow string, over http.RoundTripper) agent.Recording {
	title := flow
	if _, isPack := t.pack.(*pack.Pack); isPack {
		title += ".toml" // the file
	}
	fmt.Fprintf(t.stdout, "\n%s\n", title)
	recorder := &replay.Recorder{Transport: over, OnLine: func(line string) { fmt.Fprintln(t.stdout, printable(line)) }}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.recorded = append(t.recorded, recordedFlow{flow, recorder})
	if flow == t.options.flow {
		t.recorder, t.live = recorder, nil
	}
	return trialRecording{recorder}
}

// trialRecording is a recorder for the agent. The trial itself keeps failed logins.
type trialRecording struct{ *replay.Recorder }

// Failed keeps nothing.
func (trialRecording) Failed(context.Context, agent.FailedLogin) (string, error) { return "", nil }

// trialTimeout bounds a trial: all its flows.
const trialTimeout = 6 * time.Minute

// run runs the trial with the agent.
func (t *packTrial) run(ctx context.Context, ag *agent.Agent) error {
	ctx, stop := context.WithTimeout(ctx, trialTimeout)
	defer stop()
	own, end := startOwn(ctx, ag, true)
	last, err := t.login(ctx, own)
	if err := errors.Join(err, end()); err != nil {
		return err
	}
	fmt.Fprintln(t.stdout)
	t.printAssociations([]agent.Association{last})
	if helper, isLive := t.pack.(*live.Helper); isLive {
		for _, warning := range helper.Warnings() {
			t.line("warning: %s", warning)
		}
	}
	if recorder := t.began(); recorder != nil {
		return t.conclude(last, recorder)
	}
	return t.explainIdle(last, ag.Claims(context.WithoutCancel(ctx), last.SSID))
}

// login waits for the login, and then runs the flow that is tried.
func (t *packTrial) login(ctx context.Context, own *ownAgent) (agent.Association, error) {
	changes, err := own.Subscribe(ctx)
	if err != nil {
		return agent.Association{}, err
	}
	iface, err := chooseAssociation(ctx, own, t.options.iface)
	if err != nil {
		return agent.Association{}, err
	}
	// The agent logs in by itself. A request could make it log in twice, and a wrong PIN would count twice.
	last, err := t.await(ctx, own, changes, iface, trialTimeout, func(as agent.Association) bool { return as.Phase.Settled() || stuck(as) || t.brokeOff(as) })
	if err != nil || last.Phase != agent.Authenticated {
		return last, err
	}
	switch t.options.flow {
	case plugins.FlowLogoff:
		if err := own.Logoff(ctx, iface); err != nil {
			return last, err
		}
		return t.await(ctx, own, changes, iface, trialTimeout, loggedOff)
	case plugins.FlowMaintain:
		return t.await(ctx, own, changes, iface, trialTimeout, func(as agent.Association) bool { return t.began() != nil && as.Phase.Settled() })
	}
	return last, nil
}

// brokeOff reports whether a flow ended without success, so that the agent will try again, or
// will not because that cannot help. A trial ends there.
func (t *packTrial) brokeOff(as agent.Association) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch as.Phase {
	case agent.Evaluating, agent.Deferred:
		return len(t.recorded) > 0 && as.NextCheck != nil
	case agent.PresentingUI:
		last := as.Journal[len(as.Journal)-1]
		return len(t.recorded) > 0 && last.From == agent.Verifying && (as.Need.Kind == agent.NeedPage || as.Need.Kind == agent.NeedCertificate)
	default:
		return false
	}
}

// began returns the recorder of the flow that is tried; nil before it began.
func (t *packTrial) began() *replay.Recorder {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.recorder
}
