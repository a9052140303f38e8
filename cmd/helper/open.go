package main

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"hotspot-helper/agent"
	"hotspot-helper/configs"
	"hotspot-helper/internal/browser"
	"hotspot-helper/internal/daemon"
	"hotspot-helper/internal/proxy"
	"hotspot-helper/probe"
)

// openOptions are the flags of `helper open`.
type openOptions struct {
	iface      string
	keep       bool
	noOwn      bool // print the way instead of opening a window
	onlyOwn    bool // fail where no window can be opened: nobody reads what is printed
	noRemember bool // record nothing, and do not ask to remember the login
	verbose    bool
}

func (a *app) openCommand() *cobra.Command {
	var o openOptions
	cmd := &cobra.Command{
		Use:   "open",
		Short: "Open the network's portal in a window that always reaches it",
		Long: `open shows the portal of a network in a window of its own: a browser with a profile that is
thrown away, which sends everything over that network alone and resolves names by its servers.
A VPN, another network, DNS over HTTPS and the settings of your own browser are not in its way.
Nothing of your own profile is in it, and nothing of it is kept. The browser shows a
certificate that is not trusted as such, and nothing overrides that.

In a terminal, and with chromium or a relative of it, what you do in the window is recorded in
memory; once the network reaches the Internet you are asked whether to log in by itself next
time, and nothing is kept unless you say yes. --no-remember records nothing. With --window-only
and without a terminal a notification asks; the command waits for the answer, 10 minutes at most.

The window closes 2 s after the network reaches the Internet. You may close it before; nothing
of the network changes by that. It is open for an hour at most.

The browser is your default one if it is one of those that can be used so: chromium, chrome,
brave, edge, vivaldi, firefox, epiphany; else the first one of them that is installed.
'browser' in the configuration names others. Without a browser, without a screen or with
--no-window the command prints the address and a proxy for another program or computer. With
--window-only it ends with an error then, as the agent wants it.

Exit codes: 0 the network reaches the Internet, 7 the window was closed before, 1 error (such as no network), 2 wrong usage.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.open(cmd.Context(), o) },
	}
	interfaceFlag(cmd, &o.iface)
	cmd.Flags().BoolVar(&o.keep, "keep", false, "leave the window open when the network reaches the Internet")
	cmd.Flags().BoolVar(&o.noOwn, "no-window", false, "open no window: print the address and the proxy")
	cmd.Flags().BoolVar(&o.onlyOwn, "window-only", false, "end with an error where no window can be opened, and ask by a notification")
	cmd.MarkFlagsMutuallyExclusive("no-window", "window-only")
	cmd.Flags().BoolVar(&o.noRemember, "no-remember", false, "record nothing, and do not ask to remember the login")
	cmd.Flags().BoolVarP(&o.verbose, "verbose", "v", false, "log connections and what the browser prints to standard error")
	return cmd
}

// closeDelay is how long a window stays when the link is online: a person should see what the portal says last.
const closeDelay = 2 * time.Second

// open runs `helper open`.
func (a *app) open(ctx context.Context, o openOptions) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	config, err := a.openConfig()
	if err != nil {
		return err
	}
	s, err := a.findPortal(ctx, config, o)
	if err != nil {
		return err
	}
	defer s.end()
	switch s.seen.verdict {
	case probe.VerdictNone:
		return fmt.Errorf("open the portal of %s: there is no network: %s", s.link.Interface, printable(s.seen.reason))
	case probe.VerdictFull:
		fmt.Fprintf(a.stdout, "%s reaches the Internet already: %s\n", s.link.Interface, printable(s.seen.reason))
		return nil
	}
	recorded, err := s.show(ctx, config, o)
	if err == nil {
		s.offer(ctx, recorded)
	}
	return err
}

// openConfig reads the configuration, and checks the names of browsers.
func (a *app) openConfig() (configs.Config, error) {
	config, err := a.daemonEnv().LoadConfig()
	if err != nil {
		return configs.Config{}, err
	}
	for i, name := range config.Browsers {
		if !browser.IsKnown(name) {
			mistake := config.Mistake(fmt.Sprintf("%q is none of %q, and not the path of one", name, browser.Names()), "browser", i)
			return configs.Config{}, fmt.Errorf("read configuration: %w", &mistake)
		}
	}
	return config, nil
}

// signIn is one run of `helper open`: a link with a portal, a proxy through that link, and a window.
type signIn struct {
	app   *app
	link  agent.Link
	watch watch
	seen  sight
	way   *livePath
	acted chan struct{} // holds a value after the person, or a page, did something
	keep  bool

	remember  *rememberOptions // how the user is asked to remember the login; nil: not at all
	notifying *notifying       // nil: not by a notification
}

// end ends what watches the portal.
func (s *signIn) end() { s.watch.end() }

// findPortal finds the link and what is known of its portal.
func (a *app) findPortal(ctx context.Context, config configs.Config, o openOptions) (*signIn, error) {
	s := &signIn{app: a, acted: make(chan struct{}, 1), keep: o.keep || config.KeepWindow}
	var err error
	if s.watch, s.link, err = a.newWatch(ctx, config, o); err != nil {
		return nil, err
	}
	if s.seen, err = awaitVerdict(ctx, s.watch); err == nil && s.seen.url == "" && s.seen.verdict != probe.VerdictFull {
		s.seen.url, err = a.plainCheck(ctx, config)
	}
	if err != nil {
		s.end()
		return nil, err
	}
	s.way = newLivePath(daemon.NewDialer(a.quietLogger(o.verbose)), s.link)
	return s, nil
}

// plainCheck is the URL of a check over http, which a portal is likely to intercept.
func (a *app) plainCheck(ctx context.Context, config configs.Config) (string, error) {
	endpoints, err := a.daemonEnv().Endpoints(ctx, config)
	if err != nil {
		return "", err
	}
	for _, e := range endpoints {
		if strings.HasPrefix(e.URL, "http:") {
			return e.URL, nil
		}
	}
	return "", errors.New("find what to open: no check that is asked is over http")
}

// show starts the proxy, shows the portal, and waits until the network reaches the Internet. It returns what was recorded;
// nil: nothing.
func (s *signIn) show(ctx context.Context, config configs.Config, o openOptions) (recorded *recording, err error) {
	ctx, late := context.WithTimeout(ctx, proxy.MaxAge)
	defer late()
	p, err := proxy.Listen(proxy.Config{Path: s.way, Logger: s.app.quietLogger(o.verbose), Active: s.act})
	if err != nil {
		return nil, err
	}
	serving, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- p.Run(serving) }()
	defer func() {
		stop()
		err = errors.Join(err, <-done)
	}()
	w, why := s.openWindow(ctx, config, o, p)
	if w == nil && o.onlyOwn {
		return nil, fmt.Errorf("open a window: %w", why)
	}
	if w == nil {
		return nil, s.withoutWindow(ctx, p, why)
	}
	recorded = s.record(ctx, w)
	return recorded, errors.Join(s.follow(ctx, w.Ended()), w.Close())
}

// act says that the person, or a page, did something. It never waits.
func (s *signIn) act() {
	select {
	case s.acted <- struct{}{}:
	default:
	}
}

// errNoScreen says that a window cannot be shown.
var errNoScreen = errors.New("there is no screen: neither WAYLAND_DISPLAY nor DISPLAY is set")

// openWindow starts a browser; if it returns none, the error says why.
func (s *signIn) openWindow(ctx context.Context, config configs.Config, o openOptions, p *proxy.Proxy) (*browser.Window, error) {
	a := s.app
	switch {
	case o.noOwn:
		return nil, nil
	case !browser.HasDisplay(a.getenv):
		return nil, errNoScreen
	}
	found, err := browser.Find(a.getenv, config.Browsers)
	if err != nil {
		return nil, err
	}
	s.remember = s.asker(ctx, config, found, o)
	options := browser.Options{Browser: found, URL: s.seen.url, Proxy: p.Address(), Getenv: a.getenv, Pipe: s.remember != nil}
	if o.verbose {
		options.Output = a.stderr
	}
	w, err := browser.Start(ctx, options)
	if err != nil {
		return nil, err
	}
	s.say("the portal is open in %s; the window sends everything over %s", found, s.link.Interface)
	return w, nil
}

func (s *signIn) say(format string, args ...any) {
	fmt.Fprintf(s.app.stdout, "%s %s\n", clock(time.Now()), printable(fmt.Sprintf(format, args...)))
}

// errClosed is the result of a window that was closed too early.
func errClosed(reason string) error {
	return &failure{exitNeedUser, fmt.Errorf("closed before the network reached the Internet: %s", printable(reason)), "'helper open' opens the portal again"}
}
