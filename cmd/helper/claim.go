package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"hotspot-helper/claims"
	"hotspot-helper/internal/file"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// claimReport is what `helper claim --json` prints.
type claimReport struct {
	SSID   wifi.SSID      `json:"ssid"`
	Winner string         `json:"winner"` // empty: no helper claims it
	Why    string         `json:"why"`
	Claims []claims.Claim `json:"claims"` // every helper, best first
}

func (a *app) claimCommand() *cobra.Command {
	var bssid, security, evidenceFile string
	cmd := &cobra.Command{
		Use:   "claim SSID",
		Short: "Show which helpers would claim a network, and why",
		Long: `claim asks every helper about a network and prints which helpers claim it, with which
confidence and by which rule, and why the others decline. It needs no agent, no radio
and no network. With --evidence the helpers see what a probe saw.

In an SSID, write \xNN for a byte that is not printable text, and \\ for a backslash. An
empty SSID ("") is a network without a name, such as a wired one.

Exit codes: 0 a helper claims it, 3 no helper does, 1 error, 2 wrong usage.`,
		Example: `  helper claim "WIFI@DB"
  helper probe --evidence seen.json; helper claim "WIFI@DB" --evidence seen.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			network, err := parseNetwork(args[0], bssid, security)
			if err != nil {
				return usage(cmd, err)
			}
			evidence, err := readEvidence(evidenceFile)
			if err != nil {
				return err
			}
			return a.claim(cmd.Context(), network, evidence)
		},
	}
	a.jsonFlag(cmd)
	cmd.Flags().StringVar(&bssid, "bssid", "", "`ADDRESS` of the access point")
	cmd.Flags().StringVar(&security, "security", "open", "`KIND` of the network: open, owe, wep, personal or enterprise")
	cmd.Flags().StringVar(&evidenceFile, "evidence", "", "use what 'helper probe --evidence' saved in `FILE`")
	return cmd
}

func parseNetwork(ssid, bssid, security string) (wifi.Network, error) {
	name, err := wifi.ParseSSID(ssid)
	if err != nil {
		return wifi.Network{}, err
	}
	var bss wifi.BSS
	if bss.Security, err = wifi.ParseSecurity(security); err != nil {
		return wifi.Network{}, err
	}
	if bssid != "" {
		if bss.BSSID, err = wifi.ParseBSSID(bssid); err != nil {
			return wifi.Network{}, err
		}
	}
	return wifi.Network{SSID: name, BSSs: []wifi.BSS{bss}}, nil
}

// maxEvidence is the size in bytes of the largest file of evidence.
const maxEvidence = 16 << 20

func readEvidence(path string) (*probe.Evidence, error) {
	if path == "" {
		return nil, nil
	}
	data, err := file.Read(path, maxEvidence)
	if err != nil {
		return nil, fmt.Errorf("read evidence: %w", err)
	}
	evidence := &probe.Evidence{}
	err = json.Unmarshal(data, evidence)
	if err == nil && evidence.Verdict == probe.VerdictUnknown {
		err = errors.New("it has no verdict")
	}
	if err != nil {
		return nil, hinted(fmt.Errorf("read evidence %s: %w", path, err), "'helper probe --evidence FILE' writes such a file")
	}
	return evidence, nil
}

func (a *app) claim(ctx context.Context, network wifi.Network, evidence *probe.Evidence) error {
	r, err := a.daemonEnv().Open(a.newLogger(false))
	if err != nil {
		return err
	}
	made := r.Settings.Registry.Explain(ctx, claims.NewFacts(network, evidence))
	preference := r.Settings.Preference(r.Store, network.Identity())
	claims.Sort(made, preference)
	winner, why, ok := claims.Pick(made, preference)
	report := claimReport{SSID: network.SSID, Winner: winner.Helper, Why: why, Claims: made}
	if err := a.printClaims(report); err != nil {
		return err
	}
	if !ok {
		return &failure{code: exitNoClaim}
	}
	return nil
}

func (a *app) printClaims(r claimReport) error {
	if a.asJSON {
		return a.printJSON(r)
	}
	var rows [][]any
	for _, c := range r.Claims {
		by := c.Rule
		if c.Confidence == claims.None && c.Reason != "" {
			by = c.Reason
		}
		rows = append(rows, []any{c.Helper, a.paintConfidence(c.Confidence), by})
	}
	a.printTable(columns("helper", "confidence", "by"), rows)
	fmt.Fprintf(a.stdout, "\n%s\n", printable(r.Why))
	return nil
}
