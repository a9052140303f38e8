package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"hotspot-helper/agent"
	"hotspot-helper/claims"
	"hotspot-helper/internal/bus"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/replay"
	"hotspot-helper/portal"
	"hotspot-helper/wifi"
)

// packRunOptions are the flags of `helper pack run`.
type packRunOptions struct {
	sessionOptions

	flow    string
	against string            // address of a simulated hotspot; empty: the network that this computer is on
	record  string            // path of the case to write; empty: none
	inputs  map[string]string // by name, none a secret
	secrets []string          // names of inputs to read from standard input
}

func (a *app) packRunCommand() *cobra.Command {
	o := packRunOptions{}
	cmd := &cobra.Command{
		Use:   "run DIR",
		Short: "Try a pack on the network that you are on, and show each step",
		Long: `run has the pack in a directory log in, as 'helper login' would if there were no
other helper: probe, claim, log in, probe again. It shows each request, what it
captured and the cases that it took. --flow logoff logs off afterwards, --flow
maintain looks after the session once.

--against tries it on a hotspot that 'helper demo --portal' plays, which forgets
before that it knew you. Nobody's terms are accepted there, and nothing leaves this
computer: all is agreed to.

--record keeps what the portal answered as a case for 'helper pack test'. What is
yours is not in it: inputs, tokens, addresses are replaced, but look through it all
the same.

Inputs come from --input, --secret, the configuration and 'helper secret'. What
needs your consent needs it here, too: see 'helper consent'.

Exit codes: 0 the flow did what it is for, 6 the portal refused, 7 only the user can
pass, 8 the pack does not claim the network, 1 error, 2 wrong usage.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runPack(cmd.Context(), args[0], o) },
	}
	o.sessionOptions.flags(cmd)
	cmd.Flags().StringVar(&o.flow, "flow", plugins.FlowAuthenticate, "`FLOW` to try: authenticate, maintain or logoff")
	cmd.Flags().StringVar(&o.against, "against", "", "try it on the simulated hotspot at this `ADDRESS`")
	cmd.Flags().StringVar(&o.record, "record", "", "keep the flow as the case of this `PATH`, such as tests/right")
	cmd.Flags().StringToStringVar(&o.inputs, "input", nil, "`NAME=VALUE` of an input that is no secret; may be repeated")
	cmd.Flags().StringArrayVar(&o.secrets, "secret", nil, "read the input of this `NAME` from standard input")
	return cmd
}

func (a *app) runPack(ctx context.Context, dir string, o packRunOptions) error {
	if o.against != "" && o.iface != "" {
		return &failure{code: exitUsage, err: errors.New("choose a network: want --against or --interface, not both"), hint: "see 'helper pack run --help'"}
	}
	p, err := openPack(dir)
	if err != nil {
		return hinted(fmt.Errorf("load pack: %w", err), "'helper pack lint %s' lists every mistake", printable(dir))
	}
	if err := o.check(p); err != nil {
		return &failure{code: exitUsage, err: err, hint: "see 'helper pack run --help'"}
	}
	r, err := a.daemonEnv().OpenWithoutMemory()
	if err != nil {
		return err
	}
	shared := *a
	var turn sync.Mutex // the agent's flows and the command tell what they do, on one terminal
	shared.stdout, shared.stderr = oneAtATime{a.stdout, &turn}, oneAtATime{a.stderr, &turn}
	trial := &packTrial{app: &shared, pack: p, options: o}
	if err := trial.configure(r); err != nil {
		return err
	}
	ag, err := trial.place(ctx, r)
	if err != nil {
		return err
	}
	return trial.run(ctx, ag)
}

// oneAtATime is a writer that several goroutines may use.
type oneAtATime struct {
	out  io.Writer
	turn *sync.Mutex
}

func (w oneAtATime) Write(text []byte) (int, error) {
	w.turn.Lock()
	defer w.turn.Unlock()
	return w.out.Write(text)
}

// place makes an agent that is on the network to try the pack on, and on no other.
func (t *packTrial) place(ctx context.Context, r *daemon.Runtime) (*agent.Agent, error) {
	o := &t.options
	if o.against == "" {
		if err := t.wantNoAgent(ctx); err != nil {
			return nil, err
		}
		chosen, err := chooseLink(o.iface)
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
		return r.NewAgent(t.quietLogger(o.verbose))
	}
	there, err := findSimulated(ctx, o.against)
	if err != nil {
		return nil, err
	}
	return there.join(r, t.quietLogger(o.verbose))
}

// check refuses what the pack does not have.
func (o packRunOptions) check(p *pack.Pack) error {
	flows, err := p.Flows()
	if err != nil {
		return err
	}
	has := map[string]bool{
		plugins.FlowAuthenticate: true, plugins.FlowMaintain: flows.Maintain != nil, plugins.FlowLogoff: flows.Logoff != nil,
	}
	if there, known := has[o.flow]; !known || !there {
		return fmt.Errorf("find flow %q: the pack has no %s.toml", o.flow, o.flow)
	}
	secret := daemon.SecretInputs(p)
	for name := range o.inputs {
		if hidden, known := secret[name]; !known || hidden {
			return fmt.Errorf("take input %q: the pack has none of that name that is no secret", name)
		}
	}
	for _, name := range o.secrets {
		if _, known := secret[name]; !known {
			return fmt.Errorf("take secret %q: the pack has no such input", name)
		}
	}
	return nil
}

// wantNoAgent refuses to run beside an agent, which would log in first.
func (a *app) wantNoAgent(ctx context.Context) error {
	client, err := bus.Dial(ctx, bus.Config{System: a.system})
	if err != nil {
		return nil // there is none, or none that could be stopped by hand
	}
	return errors.Join(hinted(errors.New("run pack: the agent runs, and would log in first"), "stop it meanwhile: systemctl --user stop hotspot-helper"), client.Close())
}

// packTrial is one try of a pack.
type packTrial struct {
	*app

	pack    *pack.Pack
	options packRunOptions

	mu       sync.Mutex
	recorder *replay.Recorder // of the flow that is tried, once it began
	flows    int              // that began so far
}

// configure makes the pack the only helper.
func (t *packTrial) configure(r *daemon.Runtime) error {
	given, err := t.given()
	if err != nil {
		return err
	}
	r.Settings.Registry = plugins.NewRegistry([]plugins.Entry{{Helper: t.pack}})
	r.Settings.Policy = func(wifi.Network) agent.Policy { return agent.Policy{} }
	stored := t.daemonEnv().Inputs(r.Config, r.Settings.Registry)
	r.Settings.Inputs = func(helper, input string) (portal.Value, bool, error) {
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
		return nil, &failure{code: exitUsage, err: errors.New("read secrets: without a terminal there can be but one --secret")}
	}
	for _, name := range t.options.secrets {
		value, err := t.readSecret(fmt.Sprintf("%s of %s: ", name, t.pack.Name()))
		if err != nil {
			return nil, err
		}
		given[name] = portal.Secret(value)
	}
	return given, nil
}

// record shows every flow, and keeps the recorder of the one that is tried.
func (t *packTrial) record(flow string, over http.RoundTripper) agent.Recording {
	fmt.Fprintf(t.stdout, "\n%s.toml\n", flow)
	recorder := &replay.Recorder{Transport: over, OnLine: func(line string) { fmt.Fprintln(t.stdout, printable(line)) }}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.flows++
	if flow == t.options.flow {
		t.recorder = recorder
	}
	return shownFlowOf{recorder}
}

// shownFlowOf is a recorder for the agent. What failed is kept by the trial itself.
type shownFlowOf struct{ *replay.Recorder }

// Failed keeps nothing.
func (shownFlowOf) Failed(context.Context, agent.FailedLogin) error { return nil }

// run takes the agent through the trial.
func (t *packTrial) run(ctx context.Context, ag *agent.Agent) error {
	ctx, stop := context.WithTimeout(ctx, conversationTimeout)
	own := &ownControl{Agent: ag}
	var running sync.WaitGroup
	running.Go(func() { own.broken = ag.Run(ctx) })
	last, err := t.talk(ctx, own)
	stop()
	running.Wait()
	if err := errors.Join(err, own.broken); err != nil {
		return err
	}
	fmt.Fprintln(t.stdout)
	t.printAssociations([]agent.Association{last})
	if recorder := t.began(); recorder != nil {
		return t.conclude(last, recorder)
	}
	return t.explainIdle(last, ag.Claims(context.WithoutCancel(ctx), last.SSID))
}

// talk logs in, and then does what is tried.
func (t *packTrial) talk(ctx context.Context, own *ownControl) (agent.Association, error) {
	changes, err := own.Subscribe(ctx)
	if err != nil {
		return agent.Association{}, err
	}
	iface, err := chooseAssociation(ctx, own, t.options.iface)
	if err != nil {
		return agent.Association{}, err
	}
	// It logs in by itself. To ask for it could have it do so twice, and count as two mistakes.
	last, err := t.await(ctx, own, changes, iface, func(as agent.Association) bool { return as.Phase.Settled() || stuck(as) || t.brokeOff(as) })
	if err != nil || last.Phase != agent.Authenticated {
		return last, err
	}
	switch t.options.flow {
	case plugins.FlowLogoff:
		if err := own.Logoff(ctx, iface); err != nil {
			return last, explainRequest(err)
		}
		return t.await(ctx, own, changes, iface, func(as agent.Association) bool { return as.Phase == agent.LoggedOff || as.Phase == agent.Inactive })
	case plugins.FlowMaintain:
		return t.await(ctx, own, changes, iface, func(as agent.Association) bool { return t.began() != nil && as.Phase.Settled() })
	}
	return last, nil
}

// brokeOff says whether a flow has ended without success, so that the agent is about to
// try again. That is for who has written it to do.
func (t *packTrial) brokeOff(as agent.Association) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.flows > 0 && as.Phase == agent.Evaluating && as.NextLook != nil
}

// began returns the recorder of the flow that is tried; nil before it began.
func (t *packTrial) began() *replay.Recorder {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.recorder
}

// conclude keeps the case, and says how the trial ended.
func (t *packTrial) conclude(last agent.Association, recorder *replay.Recorder) error {
	if t.options.record != "" {
		if err := t.keep(recorder); err != nil {
			return err
		}
	}
	switch {
	case t.brokeOff(last):
		return hinted(fmt.Errorf("run pack: %s", printable(causeOf(last))), "docs/pack-format.md tells what to do about each message")
	case last.Phase == agent.Failed:
		return &failure{exitDenied, fmt.Errorf("run pack: %s", printable(causeOf(last))), "try other inputs, or look at what was sent"}
	case t.options.flow == plugins.FlowLogoff:
		return exitOfLogoff(last)
	}
	return t.exitOfLogin(last)
}

// causeOf is what the last flow of an association came to: the probe's look at it has
// another cause in the journal.
func causeOf(as agent.Association) string {
	for _, t := range slices.Backward(as.Journal) {
		if t.To == agent.Verifying || t.To == agent.Failed {
			return t.Cause
		}
	}
	return as.Reason
}

// explainIdle says why the flow was not run at all.
func (t *packTrial) explainIdle(last agent.Association, made []claims.Claim) error {
	if last.Phase == agent.Authenticated {
		return hinted(fmt.Errorf("run pack: %s was not run: %s", t.options.flow, printable(last.Reason)), "there is no portal here, or you are logged in already")
	}
	if len(made) == 1 && made[0].Reason != "" {
		return &failure{exitNobody, fmt.Errorf("run pack: it does not claim the network: %s", printable(made[0].Reason)), "'helper probe --evidence' keeps what claims are made from"}
	}
	return t.exitOfLogin(last)
}

// keep writes the case with its trace.
func (t *packTrial) keep(recorder *replay.Recorder) error {
	dir, name := filepath.Dir(t.options.record), strings.TrimSuffix(filepath.Base(t.options.record), ".toml")
	c := recorder.Case(name, t.options.flow, fmt.Sprintf("recorded on %s", time.Now().Format(time.DateOnly)))
	outcome := c.Run(context.Background(), t.pack)
	c.Trace = outcome.Trace
	if err := c.Write(dir); err != nil {
		return err
	}
	fmt.Fprintf(t.stdout, "%s is kept: look through it before you hand it on\n", printable(filepath.Join(dir, name+".toml")))
	if outcome.Mismatch != nil {
		return hinted(fmt.Errorf("play what was recorded: %w", outcome.Mismatch), "what was masked may be what the flow computes with: mend the case by hand")
	}
	return nil
}
