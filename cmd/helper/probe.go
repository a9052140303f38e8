package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"hotspot-helper/internal/daemon"
	"hotspot-helper/probe"
)

func (a *app) probeCommand() *cobra.Command {
	var iface, evidenceFile string
	var list, verbose bool
	cmd := &cobra.Command{
		Use:   "probe",
		Short: "Check whether a link reaches the Internet or a captive portal",
		Long: `probe asks well-known connectivity checks over one interface, and only over that one.
Its verdict is full (the Internet), portal (a captive portal), limited (a network that
leads nowhere) or none (no network).

Exit codes: 0 full, 3 portal, 4 limited, 5 none, 1 error, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if list {
				return a.listEndpoints(cmd.Context())
			}
			return a.probe(cmd, iface, evidenceFile, verbose)
		},
	}
	a.jsonFlag(cmd)
	interfaceFlag(cmd, &iface)
	cmd.Flags().StringVar(&evidenceFile, "evidence", "", "save the evidence to `FILE`, for 'helper claim --evidence'")
	cmd.Flags().BoolVar(&list, "list", false, "list the catalogue of checks and send nothing")
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "log every step to standard error")
	return cmd
}

func (a *app) probe(cmd *cobra.Command, iface, evidenceFile string, verbose bool) error {
	// A probe needs no packs. Not loading them keeps it small.
	if a.economise != nil {
		a.economise(probeMemory)
	}
	config, err := a.daemonEnv().LoadConfig()
	if err != nil {
		return err
	}
	endpoints, err := a.daemonEnv().Endpoints(cmd.Context(), config)
	if err != nil {
		return hinted(err, "'helper probe --list' shows the checks")
	}
	chosen, err := a.chooseLink(cmd.Context(), iface)
	if err != nil {
		return err
	}
	logger := a.quietLogger(verbose)
	prober := probe.Prober{
		Endpoints: endpoints,
		Transport: func(f probe.Family) http.RoundTripper { return daemon.NewDialer(logger)(chosen, f) },
		Logger:    logger,
		OnVerdict: a.verdictPrinter(),
	}
	evidence := prober.Probe(cmd.Context(), chosen.Link)
	if evidenceFile != "" {
		if err := saveEvidence(evidenceFile, evidence); err != nil {
			return err
		}
	}
	if err := a.printEvidence(evidence); err != nil {
		return err
	}
	return exitOfVerdict(evidence.Verdict)
}

func exitOfVerdict(v probe.Verdict) error {
	codes := map[probe.Verdict]int{
		probe.VerdictFull: exitOK, probe.VerdictPortal: exitPortal,
		probe.VerdictLimited: exitLimited, probe.VerdictNone: exitNone,
	}
	if code := codes[v]; code != exitOK {
		return &failure{code: code}
	}
	return nil
}

func saveEvidence(file string, evidence probe.Evidence) error {
	data, err := json.MarshalIndent(evidence, "", "  ")
	if err != nil {
		return fmt.Errorf("encode evidence: %w", err)
	}
	if err := os.WriteFile(file, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("save evidence: %w", err)
	}
	return nil
}

// listedEndpoint is what `helper probe --list --json` prints of one check.
type listedEndpoint struct {
	Name     string            `json:"name"`
	Operator string            `json:"operator"`
	URL      string            `json:"url"`
	Status   int               `json:"status"`
	Body     string            `json:"body,omitempty"`
	Header   map[string]string `json:"header,omitempty"`
	Agent    probe.Agent       `json:"agent,omitempty"`
	Family   probe.Family      `json:"family,omitempty"`
	Decoy    bool              `json:"decoy,omitempty"`
	Default  bool              `json:"default"`
	Note     string            `json:"note,omitempty"`
}

// listEndpoints prints the catalogue, with the user's own checks.
func (a *app) listEndpoints(ctx context.Context) error {
	config, err := a.daemonEnv().LoadConfig()
	if err != nil {
		return err
	}
	endpoints, err := a.daemonEnv().Catalogue(ctx, config)
	if err != nil {
		return err
	}
	listed := make([]listedEndpoint, len(endpoints))
	for i, e := range endpoints {
		listed[i] = listedEndpoint(e)
	}
	return printList(a, listed, "", columns("name", "operator", "default", "url"), func(e listedEndpoint) []any {
		mark := ""
		if e.Default {
			mark = "yes"
		}
		return []any{e.Name, e.Operator, mark, e.URL}
	})
}
