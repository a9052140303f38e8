package main

import (
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
		Short: "Say whether a link reaches the Internet or stands behind a portal",
		Long: `probe asks well-known connectivity checks over one interface, and only over it,
and says what stands behind: the Internet (full), a captive portal (portal),
nothing (limited), or no network at all (none).

Exit codes: 0 full, 3 portal, 4 limited, 5 none, 1 error, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if list {
				return a.listEndpoints()
			}
			return a.probe(cmd, iface, evidenceFile, verbose)
		},
	}
	a.jsonFlag(cmd)
	interfaceFlag(cmd, &iface)
	cmd.Flags().StringVar(&evidenceFile, "evidence", "", "save what was seen to `FILE`, for 'helper claim --evidence'")
	cmd.Flags().BoolVar(&list, "list", false, "list the catalogue of checks and ask nothing")
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "log every step to standard error")
	return cmd
}

func (a *app) probe(cmd *cobra.Command, iface, evidenceFile string, verbose bool) error {
	// Packs are not loaded: nothing here needs them, and a probe is to be small.
	if a.economise != nil {
		a.economise()
	}
	config, err := a.daemonEnv().LoadConfig()
	if err != nil {
		return err
	}
	endpoints, err := a.daemonEnv().Endpoints(config)
	if err != nil {
		return hinted(err, "'helper probe --list' shows the checks")
	}
	chosen, err := chooseLink(iface)
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

// listEndpoints prints the catalogue, with the user's own.
func (a *app) listEndpoints() error {
	config, err := a.daemonEnv().LoadConfig()
	if err != nil {
		return err
	}
	endpoints, err := a.daemonEnv().Catalogue(config)
	if err != nil {
		return err
	}
	if a.asJSON {
		listed := make([]listedEndpoint, 0, len(endpoints))
		for _, e := range endpoints {
			listed = append(listed, listedEndpoint(e))
		}
		return a.printJSON(listed)
	}
	var rows [][]any
	for _, e := range endpoints {
		mark := ""
		if e.Default {
			mark = "yes"
		}
		rows = append(rows, []any{e.Name, e.Operator, mark, e.URL})
	}
	a.printTable([]column{{title: "name"}, {title: "operator"}, {title: "default"}, {title: "url"}}, rows)
	return nil
}
