package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"hotspot-helper/internal/daemon"
	"hotspot-helper/plugins/live"
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
	replace   bool
	more      bool
	program   bool
}

func (a *app) packInstallCommand() *cobra.Command {
	var o installOptions
	cmd := &cobra.Command{
		Use:   "install FILE|DIR",
		Short: "Install a pack or a live helper if the right key signed it",
		Long: `install takes a file of 'helper pack build' with its signature FILE.minisig, and puts the
pack among yours; with --system among those of all users, which needs root. First it
checks the signature, the pack, and that its cases replay as its maker recorded them. A
running agent uses the pack at once. If anything fails, nothing changes.

The first key that signs a pack of a name is remembered: give it with --key if you can,
otherwise the signature names it. From then on packs of that name must be signed by that
key, even after the pack was removed. Another key is refused until you have asked the
maker and give --accept-key. A version older than the last one is refused, too.

A directory has no signature and needs --unsigned.

A live helper is a program. install shows who signed it, what it can do, and what is
different from the version before, and asks; --allow-program is the answer where there is
no terminal. It installs the program for this computer's architecture alone. Each version
is asked about.

A pack with the name of a helper that comes with the program needs --replace. It starts
without the secrets and consents that you gave to that helper: they belong to a name and
its maker. A version that talks to more hosts, asks for more, treats an input as secret no
more, or asks about terms no more, needs --accept-changes.

Exit codes: 0 installed, 1 error, 2 wrong usage.`,
		Example: `  helper pack install cafe-lumen-1.0.0.hpack --key RWQ...
  helper pack install ./cafe-lumen --unsigned
  helper pack install campus-1.0.0.hpack --key RWQ... --allow-program`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.unsigned && (o.key != "" || o.acceptKey) {
				return usage(cmd, errors.New("a pack without a signature has no key: leave out --unsigned, or --key and --accept-key"))
			}
			return a.installPack(cmd.Context(), args[0], o)
		},
	}
	keyFlag(cmd, &o.key)
	cmd.Flags().BoolVar(&o.unsigned, "unsigned", false, "require no signature: you trust where the pack comes from")
	cmd.Flags().BoolVar(&o.acceptKey, "accept-key", false, "accept a new key, and remember it")
	cmd.Flags().BoolVar(&o.downgrade, "downgrade", false, "accept an older version")
	cmd.Flags().BoolVar(&o.replace, "replace", false, "let it take the place of a helper that comes with the program")
	cmd.Flags().BoolVar(&o.more, "accept-changes", false, "accept that it wants more than the version before")
	cmd.Flags().BoolVar(&o.program, "allow-program", false, "allow the program of a live helper, without a question")
	cmd.Flags().BoolVar(&o.untested, "untested", false, "install the pack even if its cases do not replay as recorded")
	return cmd
}

// packPlace is where packs are installed, for this user or with --system for all.
func (a *app) packPlace() (trust.Place, error) {
	data := a.daemonEnv().DataDir()
	if a.system {
		data = a.systemData
	}
	if data == "" {
		return trust.Place{}, errors.New("find packs: there is no home directory: $HOME and $XDG_DATA_HOME are not set")
	}
	place := trust.Place{Dir: filepath.Join(data, "packs"), Programs: filepath.Join(data, "helpers.d"), Keys: filepath.Join(data, "pack-keys.json"), Shared: a.system}
	for _, file := range a.daemonEnv().KeysFiles() {
		if file != place.Keys {
			place.Others = append(place.Others, file)
		}
	}
	return place, nil
}

func (a *app) installPack(ctx context.Context, arg string, o installOptions) error {
	place, err := a.packPlace()
	if err != nil {
		return err
	}
	request, err := readRequest(place, arg, o)
	if err != nil {
		return a.installHint(err, nil)
	}
	request.Check = func(dir string) error {
		if request.Archive.Program != nil {
			dir = filepath.Join(dir, live.Registration(request.Archive.Name))
		}
		tested := a.testPack(ctx, dir, testOptions{})
		if o.untested && len(tested.Mistakes) == 0 {
			return nil
		}
		err := goodToShip(tested)
		if f, failed := errors.AsType[*failure](err); failed {
			return hinted(err, "%s; --untested installs it anyway", f.hint)
		}
		return err
	}
	config, err := a.daemonEnv().LoadConfig()
	if err != nil {
		return err
	}
	request.Reserved = a.daemonEnv().Reserved(config, request.Archive.Name)
	given, err := a.givenTo(request.Archive.Name)
	if err != nil {
		return a.stateHint(err)
	}
	done, err := a.installAllowed(place, request, o.program)
	if err != nil {
		return a.installHint(err, given)
	}
	a.printInstalled(request, done, place)
	a.printNotGiven(given, done.Maker)
	return nil
}

// readRequest reads the pack to install. A signature is checked before the archive is read.
func readRequest(place trust.Place, arg string, o installOptions) (trust.Request, error) {
	request := trust.Request{AcceptKey: o.acceptKey, Downgrade: o.downgrade, Replace: o.replace, AcceptMore: o.more, Arch: runtime.GOARCH, Now: time.Now()}
	info, err := os.Stat(arg)
	if err != nil {
		return request, fmt.Errorf("install pack: %w", withoutCall(err))
	}
	switch {
	case isRegistration(arg):
		return request, hinted(fmt.Errorf("install %s: a registration has no signature", arg), "'helper pack build' makes a file that can be signed; without it, copy the live helper to helpers.d")
	case info.IsDir() && !o.unsigned:
		return request, hinted(fmt.Errorf("install %s: a directory has no signature", arg), "--unsigned installs it without one; 'helper pack build' makes a file that can be signed")
	case info.IsDir():
		request.Archive, err = readDirectory(arg)
		return request, err
	case o.unsigned:
		request.Archive, err = trust.OpenArchive(arg)
		return request, err
	}
	if o.key != "" {
		key, err := trust.ReadKey(o.key)
		if err != nil {
			return request, err
		}
		request.Key = &key
	}
	return request, unsignedHint(arg, place.Open(arg, &request), "; --unsigned installs it without one")
}

// installHint adds a hint to the error of a pack that was refused.
func (a *app) installHint(err error, given []gift) error {
	other, otherKey := errors.AsType[*trust.OtherKeyError](err)
	f, failed := errors.AsType[*failure](err)
	replaces, reserved := errors.AsType[*trust.ReplacesError](err)
	_, growth := errors.AsType[*trust.GrowthError](err)
	otherKind, isOtherKind := errors.AsType[*trust.OtherKindError](err)
	switch {
	case isOtherKind:
		return hinted(err, "remove %s first; 'helper pack remove' does that if it was installed", printable(otherKind.Path))
	case reserved:
		return hinted(err, "--replace lets it take that place; %s", describeGifts(given, replaces.Maker))
	case growth:
		return hinted(err, "--accept-changes installs it anyway")
	case otherKey && other.Key == nil:
		return hinted(err, "ask the maker, but not the way this file came; if the new key is right, --accept-key with --key accepts it")
	case otherKey:
		return hinted(err, "ask the maker, but not the way this file came; if the new key is right, --accept-key accepts it")
	case errors.Is(err, fs.ErrPermission) && a.system:
		return hinted(err, "packs for all users are installed by root")
	case failed:
		return hinted(err, "%s", f.hint)
	}
	return err
}

// printInstalled prints what was done, and which key is required from now on.
func (a *app) printInstalled(r trust.Request, done trust.Installed, place trust.Place) {
	name := r.Archive.Name
	dir := place.Dir
	if r.Archive.Program != nil {
		dir = place.Programs
	}
	fmt.Fprintf(a.stdout, "%s %s is installed in %s", name, r.Archive.Version, printable(dir))
	switch {
	case done.BeforeBroken:
		fmt.Fprint(a.stdout, ", in place of a broken one")
	case done.Before != "":
		fmt.Fprintf(a.stdout, ", in place of %s", done.Before)
	}
	fmt.Fprintln(a.stdout)
	switch {
	case done.Key == nil:
		fmt.Fprintln(a.stdout, "it is not signed")
	case done.First:
		fmt.Fprintf(a.stdout, "it is signed by %s%s\nthis key is remembered: from now on it must sign %s\n", done.Key, onDay(r.Signature.Time), name)
	default:
		fmt.Fprintf(a.stdout, "it is signed by %s%s, as before\n", done.Key, onDay(r.Signature.Time))
	}
	if done.Other != nil {
		fmt.Fprintf(a.stdout, "the old key is forgotten: %s\n", done.Other.Key)
	}
	if builtin, err := pack.Load(packs.FS(), name, daemon.BuiltinOrigin); err == nil {
		fmt.Fprintf(a.stdout, "it replaces %s %s, which comes with the program\n", name, builtin.Version)
	}
}

func (a *app) packRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "Remove an installed pack or live helper",
		Long: `remove removes a pack or live helper that 'helper pack install' installed, or that was copied there by
hand; with --system one of the packs for all users, which needs root. The key of its
maker stays remembered. A running agent stops using the pack at once.

Exit codes: 0 removed, 1 error (such as not installed), 2 wrong usage.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			place, err := a.packPlace()
			if err != nil {
				return err
			}
			known, dir, err := place.Remove(args[0])
			switch {
			case errors.Is(err, fs.ErrPermission) && a.system:
				return hinted(err, "packs for all users are removed by root")
			case err != nil:
				return err
			}
			fmt.Fprintf(a.stdout, "%s is removed from %s\n", args[0], printable(dir))
			if known != nil {
				fmt.Fprintf(a.stdout, "the key of its maker stays remembered: %s\n", known.Key)
			}
			return nil
		},
	}
}
