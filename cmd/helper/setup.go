package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"hotspot-helper/configs"
	"hotspot-helper/internal/file"
	"hotspot-helper/internal/strict"
)

func (a *app) setupCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Answer a few questions, and start the agent with your session",
		Long: `setup asks at most six questions: whether the agent starts with your session, whether
terms of pages with one button are accepted in your name, what portals that ask are told,
where secrets are kept if there is no keyring, which notifications you want, and what to
do on metered links. Each has a default, which an empty line takes; it is what holds now.

It then shows what would change, and changes it when you agree: keys of helper.toml, of
which comments and everything else stay as they are; consents, as 'helper consent terms'
records them; and the unit, as systemctl enables it. A second run with the same answers
changes nothing. With --yes it takes every default without asking, which enables the unit.

Exit codes: 0 done, or nothing to change, 1 error, or you did not agree, 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.setup(cmd.Context(), yes)
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "take every default, and change what differs without asking")
	return cmd
}

// setup is one run of the command.
type setup struct {
	*app

	questions  *questions
	configFile string // to write
	configText string // that holds now, or the template
	config     configs.Config
	changes    []configs.Change
	steps      []setupStep // what else to change
	isActive   bool        // systemd runs the agent
}

// setupStep is a change that is not in the configuration.
type setupStep struct {
	text string // what it does
	do   func(ctx context.Context) error
}

func (a *app) setup(ctx context.Context, yes bool) error {
	s := &setup{app: a, questions: &questions{in: bufio.NewReaderSize(a.stdin, maxAnswerLine), out: a.stdout, takeDefaults: yes}}
	if err := s.open(); err != nil {
		return err
	}
	for _, ask := range []func(context.Context) error{s.askUnit, s.askTerms, s.askProfile, s.askSecrets, s.askNotify, s.askMetered} {
		if err := ask(ctx); err != nil {
			return err
		}
	}
	return s.finish(ctx)
}

// maxConfig is the size in bytes of the largest configuration that is changed.
const maxConfig = 1 << 20

// open reads the configuration that holds now. One with mistakes is not changed.
func (s *setup) open() (err error) {
	if s.config, err = s.daemonEnv().LoadConfig(); err != nil {
		return err
	}
	now, exists := s.app.configFile, true
	if now == "" {
		now, exists = configs.Find(s.getenv, nil)
	}
	s.configText = configs.Template
	if exists { // that of all users, too: the user's own file takes its place
		data, err := file.Read(now, maxConfig)
		if err != nil {
			return fmt.Errorf("read configuration: %w", err)
		}
		s.configText = string(data)
	}
	s.configFile, err = s.ownConfig()
	return err
}

// ownConfig is the file to write: the one that the user names, else the user's, or that of the system's agent.
func (s *setup) ownConfig() (string, error) {
	own := s.app.configFile
	switch dir := s.daemonEnv().ConfigDir(); {
	case own != "":
	case s.system:
		own = "/etc/hotspot-helper/helper.toml"
	case dir == "":
		return "", errors.New("find the configuration: neither $HOME nor $XDG_CONFIG_HOME is set")
	default:
		own = filepath.Join(dir, "helper.toml")
	}
	if target, err := filepath.EvalSymlinks(own); err == nil { // a link stays one
		own = target
	}
	return own, nil
}

// set notes a new value of a key, unless it has it already.
func (s *setup) set(table, key, old, value string) {
	if old != value {
		s.changes = append(s.changes, configs.Change{Table: table, Key: key, Value: value})
	}
}

// step notes another change.
func (s *setup) step(text string, do func(ctx context.Context) error) {
	s.steps = append(s.steps, setupStep{text, do})
}

// checkChange returns why a key cannot have a value; nil: it can.
func (s *setup) checkChange(table, key, value string) error {
	_, err := s.edited(configs.Change{Table: table, Key: key, Value: value})
	if mistakes, ok := errors.AsType[strict.Mistakes](err); ok {
		return errors.New(mistakes[0].Text) // without the line, which is of no file yet
	}
	return err
}

// edited is the configuration with changes. It has no mistake.
func (s *setup) edited(changes ...configs.Change) (string, error) {
	text, err := configs.Edit(s.configText, changes...)
	if err != nil {
		return "", err
	}
	_, err = configs.Parse(s.configFile, []byte(text), s.getenv)
	return text, err
}

// finish shows what would change, and changes it.
func (s *setup) finish(ctx context.Context) error {
	if len(s.changes) == 0 && len(s.steps) == 0 {
		fmt.Fprintln(s.stdout, "nothing to change")
		return nil
	}
	text, err := s.edited(s.changes...)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.stdout, "\nThis changes:")
	for _, c := range s.changes {
		fmt.Fprintf(s.stdout, "  %s: %s\n", printable(s.configFile), printable(c.String()))
	}
	for _, step := range s.steps {
		fmt.Fprintf(s.stdout, "  %s\n", printable(step.text))
	}
	agreed, err := s.questions.yesNo("Go ahead?", true)
	if err != nil {
		return err
	}
	if !agreed {
		return errors.New("set up: nothing is changed")
	}
	if len(s.changes) > 0 {
		if err := s.write(text); err != nil {
			return s.stateHint(err)
		}
		if s.isActive {
			s.step("the agent reads it", s.reloadUnit)
		}
	}
	for _, step := range s.steps {
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	fmt.Fprintln(s.stdout, "done: 'helper doctor' checks the rest")
	return nil
}

// write replaces the configuration. A new file is for its owner alone: it may get secrets.
func (s *setup) write(text string) error {
	mode := os.FileMode(0o600)
	if info, err := os.Stat(s.configFile); err == nil {
		mode = info.Mode().Perm()
	} else if err := os.MkdirAll(filepath.Dir(s.configFile), 0o700); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	if s.system {
		mode |= 0o044 // the system's agent is not root
	}
	if err := renameio.WriteFile(s.configFile, []byte(text), mode, renameio.WithStaticPermissions(mode)); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return nil
}

// orNone is a value as a default is shown.
func orNone(value string) string {
	if strings.TrimSpace(value) == "" {
		return "nothing"
	}
	return value
}
