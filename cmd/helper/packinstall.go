package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"hotspot-helper/internal/daemon"
	"hotspot-helper/plugins/pack"
	"hotspot-helper/plugins/packs"
	"hotspot-helper/plugins/trust"
)

// installOptions are the flags of `helper pack install`.
type installOptions struct {
	key       string
	unsigned  bool
	acceptKey bool
	downgrade bool
	untested  bool
}

func (a *app) packInstallCommand() *cobra.Command {
	var o installOptions
	cmd := &cobra.Command{
		Use:   "install FILE|DIR",
		Short: "Install a pack, if it is signed by whom it should be",
		Long: `install takes what 'helper pack build' made, with its signature FILE.minisig, and puts it
among your packs; with --system among those of everybody, which needs root. First it
checks the signature, the pack, and that its cases play as its maker recorded them. A
running agent takes it at once. Where anything fails, all is as it was before.

The first key that signs a pack of a name is remembered: give it by --key if you can,
else it is what the signature says. From then on that name must be signed by that
key, also after the pack was removed. Another key is refused until you ask its maker
and say --accept-key. An older version than before is refused, too.

A directory has no signature: it needs --unsigned.

Exit codes: 0 installed, 1 error, 2 wrong usage.`,
		Example: `  helper pack install cafe-lumen-1.0.0.hpack --key RWQ...
  helper pack install ./cafe-lumen --unsigned`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.unsigned && (o.key != "" || o.acceptKey) {
				return usage(cmd, errors.New("a pack without a signature has no key: leave out --unsigned, or --key and --accept-key"))
			}
			return a.installPack(cmd.Context(), args[0], o)
		},
	}
	keyFlag(cmd, &o.key)
	cmd.Flags().BoolVar(&o.unsigned, "unsigned", false, "ask for no signature: you know where it comes from")
	cmd.Flags().BoolVar(&o.acceptKey, "accept-key", false, "take another key than before, and remember it")
	cmd.Flags().BoolVar(&o.downgrade, "downgrade", false, "take an older version than before")
	cmd.Flags().BoolVar(&o.untested, "untested", false, "install it even if its cases play otherwise than recorded")
	return cmd
}

// packPlace is where packs are installed, by the user or with --system for everybody.
func (a *app) packPlace() (trust.Place, error) {
	data := a.daemonEnv().DataDir()
	if a.system {
		data = a.systemData
	}
	if data == "" {
		return trust.Place{}, errors.New("find packs: there is no home directory: $HOME and $XDG_DATA_HOME are not set")
	}
	return trust.Place{Dir: filepath.Join(data, "packs"), Keys: filepath.Join(data, "pack-keys.json"), Shared: a.system}, nil
}

func (a *app) installPack(ctx context.Context, arg string, o installOptions) error {
	request, err := readRequest(arg, o)
	if err != nil {
		return err
	}
	request.Check = func(dir string) error {
		tested := testPack(ctx, dir, testOptions{})
		if o.untested && len(tested.Mistakes) == 0 {
			return nil
		}
		return goodToShip(tested)
	}
	place, err := a.packPlace()
	if err != nil {
		return err
	}
	done, err := place.Install(request)
	if err != nil {
		return a.hintedInstall(err)
	}
	a.printInstalled(request, done, place)
	return nil
}

// readRequest reads what is to be installed. Nothing of it is believed yet.
func readRequest(arg string, o installOptions) (trust.Request, error) {
	request := trust.Request{AcceptKey: o.acceptKey, Downgrade: o.downgrade, Now: time.Now()}
	info, err := os.Stat(arg)
	if err != nil {
		return request, fmt.Errorf("install pack: %w", err)
	}
	switch {
	case info.IsDir() && !o.unsigned:
		return request, hinted(fmt.Errorf("install %s: a directory has no signature", arg), "--unsigned installs it nevertheless; 'helper pack build' makes a file of it that can be signed")
	case info.IsDir():
		request.Archive, err = readDirectory(arg)
		return request, err
	case o.unsigned:
		request.Archive, err = trust.OpenArchive(arg)
		return request, err
	}
	p, signature, err := openSigned(arg)
	if err != nil {
		return request, err
	}
	request.Archive, request.Signature = p, &signature
	if o.key != "" {
		key, err := trust.ReadKey(o.key)
		if err != nil {
			return request, err
		}
		request.Key = &key
	}
	return request, nil
}

// hintedInstall says what to do about a pack that was refused.
func (a *app) hintedInstall(err error) error {
	other, otherKey := errors.AsType[*trust.OtherKeyError](err)
	f, failed := errors.AsType[*failure](err)
	switch {
	case otherKey && other.Key == nil:
		return hinted(err, "ask the maker, by another way than this file came; if the new key is right, --accept-key takes it, with --key to give it")
	case otherKey:
		return hinted(err, "ask the maker, by another way than this file came; if the new key is right, --accept-key takes it")
	case errors.Is(err, trust.ErrNoKey):
		return hinted(err, "--key gives it")
	case errors.Is(err, trust.ErrOlder):
		return hinted(err, "--downgrade takes it nevertheless")
	case errors.Is(err, fs.ErrPermission) && a.system:
		return hinted(err, "packs for everybody are installed by root")
	case failed:
		return hinted(err, "%s; --untested installs it nevertheless", f.hint)
	}
	return err
}

// printInstalled tells what was done, and what holds from now on.
func (a *app) printInstalled(r trust.Request, done trust.Installed, place trust.Place) {
	name := r.Archive.Name
	fmt.Fprintf(a.stdout, "%s %s is installed in %s", name, r.Archive.Version, printable(place.Dir))
	if done.Before != "" {
		fmt.Fprintf(a.stdout, ", in the place of %s", done.Before)
	}
	fmt.Fprintln(a.stdout)
	switch {
	case done.Key == nil:
		fmt.Fprintln(a.stdout, "nobody signed it")
	case done.First:
		fmt.Fprintf(a.stdout, "it is signed by %s%s\nthis key is remembered: from now on %s must be signed by it\n", done.Key, onDay(r.Signature.Time), name)
	default:
		fmt.Fprintf(a.stdout, "it is signed by %s%s, as before\n", done.Key, onDay(r.Signature.Time))
	}
	if done.Other != nil {
		fmt.Fprintf(a.stdout, "the key of before is forgotten: %s\n", done.Other.Key)
	}
	if builtin, err := pack.Load(packs.FS(), name, daemon.BuiltinOrigin); err == nil {
		fmt.Fprintf(a.stdout, "it takes the place of %s %s, which comes with the program\n", name, builtin.Version)
	}
}

func (a *app) packRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "Remove an installed pack",
		Long: `remove removes a pack that 'helper pack install' installed, or that was copied there by
hand; with --system one of everybody's, which needs root. The key of its maker stays
remembered. A running agent goes on without it at once.

Exit codes: 0 removed, 1 error (such as it is not installed), 2 wrong usage.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			place, err := a.packPlace()
			if err != nil {
				return err
			}
			known, err := place.Remove(args[0])
			switch {
			case errors.Is(err, trust.ErrNotInstalled):
				return hinted(err, "'helper pack list' shows where each pack is; those that come with the program are turned off in the configuration")
			case errors.Is(err, fs.ErrPermission) && a.system:
				return hinted(err, "packs for everybody are removed by root")
			case err != nil:
				return err
			}
			fmt.Fprintf(a.stdout, "%s is removed from %s\n", args[0], printable(place.Dir))
			if known != nil {
				fmt.Fprintf(a.stdout, "the key of its maker stays remembered: %s\n", known.Key)
			}
			return nil
		},
	}
}
