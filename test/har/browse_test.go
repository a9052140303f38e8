package har_test

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

// action is something that a person does with a page.
type action = chromedp.Action[chromedp.Void]

func enter(selector chromedp.CSS, text string) action { return chromedp.SendKeys(selector, text) }

// click waits for the next page.
func click(selector chromedp.CSS) action {
	return chromedp.Steps(chromedp.Click(selector), chromedp.Sleep(quiet))
}

// quiet is the time for a page to load; all of it is on this machine.
const quiet = 1500 * time.Millisecond

// browse starts a browser for which every host is at one address, and runs the actions
// between two checks.
func browse(ctx context.Context, address netip.AddrPort, actions []action) (*capture, error) {
	ctx, stop := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox,        // root has no sandbox
		chromedp.IgnoreCertErrors, // the authority is made for each visit
		chromedp.Flag("host-resolver-rules", fmt.Sprintf("MAP * %s", address)),
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("disable-features", "HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,LocalNetworkAccessChecks"),
	)...)
	defer stop()
	ctx, stop = chromedp.NewContext(ctx)
	defer stop()
	c := newCapture()
	if err := chromedp.Listen(ctx, c.add); err != nil {
		return nil, err
	}
	visit := slices.Concat([]action{look(check)}, actions, []action{look(check), look("http://news.test/")})
	steps := []action{chromedp.Func(watch)}
	for _, step := range visit { // the body of a page that was left may be gone
		steps = append(steps, step, chromedp.Func(c.fetchBodies))
	}
	return c, chromedp.Do(ctx, steps...)
}

// watch makes the browser report its requests, and keep the bodies of pages that are left.
func watch(ctx context.Context, tab *chromedp.Target) error {
	kept := network.EnableParams{EnableDurableMessages: new(true), MaxTotalBufferSize: new(int64(16 << 20))}
	if _, err := cdp.Call(ctx, tab, network.Enable, kept); err != nil {
		return err
	}
	_, err := cdp.Call(ctx, tab, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
	return err
}

// look opens a URL as if a person typed it. A response without a page, such as a 204, is no
// error.
func look(url string) action {
	return chromedp.Steps(
		chromedp.Evaluate[chromedp.Void](fmt.Sprintf("window.location = %q", url)),
		chromedp.Sleep(quiet),
	)
}
