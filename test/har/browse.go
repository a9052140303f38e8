package main

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// deed is one thing that a person does with a page.
type deed = chromedp.Action[chromedp.Void]

func enter(selector chromedp.CSS, text string) deed { return chromedp.SendKeys(selector, text) }

// click waits for what it leads to.
func click(selector chromedp.CSS) deed {
	return chromedp.Steps(chromedp.Click(selector), chromedp.Sleep(quiet))
}

// quiet is how long a page is given to load: all of it is on this machine.
const quiet = 1500 * time.Millisecond

// browse starts a browser for which the whole world is at one address, and has it do the
// deeds between two checks.
func browse(ctx context.Context, address netip.AddrPort, deeds []deed) (*capture, error) {
	ctx, stop := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox,        // root has none
		chromedp.IgnoreCertErrors, // the authority is made for each visit
		chromedp.Flag("host-resolver-rules", fmt.Sprintf("MAP * %s", address)),
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("disable-features", "HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,LocalNetworkAccessChecks"),
	)...)
	defer stop()
	ctx, stop = chromedp.NewContext(ctx)
	defer stop()
	c := newCapture()
	if err := chromedp.Listen(ctx, c.heed); err != nil {
		return nil, err
	}
	visit := slices.Concat([]deed{look(check)}, deeds, []deed{look(check), look("http://news.test/")})
	steps := []deed{chromedp.Func(watch)}
	for _, step := range visit { // a page that is left takes its body along, now and then
		steps = append(steps, step, chromedp.Func(c.fetchBodies))
	}
	return c, chromedp.Do(ctx, steps...)
}

// watch has the browser tell of its requests, and keep the bodies of pages that are left.
func watch(ctx context.Context, tab *chromedp.Target) error {
	kept := network.EnableParams{EnableDurableMessages: new(true), MaxTotalBufferSize: new(int64(16 << 20))}
	if _, err := cdp.Call(ctx, tab, network.Enable, kept); err != nil {
		return err
	}
	_, err := cdp.Call(ctx, tab, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
	return err
}

// look opens a URL as a person does who types it. That there is nothing to show, as of an
// answer 204, is no error.
func look(url string) deed {
	return chromedp.Steps(
		chromedp.Evaluate[chromedp.Void](fmt.Sprintf("window.location = %q", url)),
		chromedp.Sleep(quiet),
	)
}
