package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

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
	var all bool
	cmd := &cobra.Command{
		Use:   "claim SSID",
		Short: "Show which helpers would claim a network, and why",
		Long: `claim asks every helper about a network and prints which helpers claim it, with which
confidence and by which rule, and how many decline for which reason; --all lists each of
those. It needs no agent, no radio and no network. With --evidence the helpers see what a
probe saw.

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
			return a.claim(cmd.Context(), network, evidence, all)
		},
	}
	a.jsonFlag(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "list the helpers that decline, too")
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
	evidence, err := probe.ReadEvidence(data)
	if err != nil {
		return nil, hinted(fmt.Errorf("read evidence %s: %w", path, err), "'helper probe --evidence FILE' writes such a file")
	}
	return evidence, nil
}

func (a *app) claim(ctx context.Context, network wifi.Network, evidence *probe.Evidence, all bool) error {
	r, err := a.daemonEnv().Open(ctx, a.newLogger(false))
	if err != nil {
		return err
	}
	made := r.Settings.Registry.Explain(ctx, claims.NewFacts(network, evidence))
	preference := r.Settings.Preference(r.Store, network.Identity())
	claims.Sort(made, preference)
	winner, why, ok := claims.Pick(made, preference)
	if evidence != nil && evidence.Unread() != "" {
		why += "; the portal's page was not read, so its rules could not see it: " + evidence.Unread()
	}
	report := claimReport{SSID: network.SSID, Winner: winner.Helper, Why: why, Claims: made}
	if err := a.printClaims(report, all); err != nil {
		return err
	}
	if !ok {
		return &failure{code: exitNoClaim}
	}
	return nil
}

// printClaims prints who claims the network and why, and then all that decline: one by one, or in
// one line by reason.
func (a *app) printClaims(r claimReport, all bool) error {
	if a.asJSON {
		return a.printJSON(r)
	}
	var rows [][]any
	declined := map[string]int{} // by reason
	for _, c := range r.Claims {
		by := c.Rule
		if c.Confidence == claims.None {
			by = cmp.Or(c.Reason, c.Rule)
			declined[by]++
		}
		if all || c.Confidence > claims.None {
			rows = append(rows, []any{c.Helper, a.paintConfidence(c.Confidence), by})
		}
	}
	if len(rows) > 0 {
		a.printTable(columns("helper", "confidence", "by"), rows)
		fmt.Fprintln(a.stdout)
	}
	fmt.Fprintln(a.stdout, printable(r.Why))
	if !all && len(declined) > 0 {
		fmt.Fprintln(a.stdout, printable(declinedLine(declined)))
	}
	return nil
}

// maxReasons is how many reasons a line about those that decline has at most.
const maxReasons = 4

// declinedLine counts the helpers that decline by reason, the most frequent first.
func declinedLine(counts map[string]int) string {
	total := 0
	reasons := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(a, b))
	})
	var parts []string
	for i, reason := range reasons {
		total += counts[reason]
		if i < maxReasons {
			parts = append(parts, fmt.Sprintf("%s (%d)", cmp.Or(reason, "no reason"), counts[reason]))
		}
	}
	if more := len(reasons) - maxReasons; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more reasons", more))
	}
	return fmt.Sprintf("%d decline: %s", total, strings.Join(parts, "; "))
}
