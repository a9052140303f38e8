package browser

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
)

// launch is how a browser is started: its arguments and the files of its profile.
type launch struct {
	args  []string
	files map[string]string
}

// launchOf returns how a browser opens a URL with a profile and a proxy.
func launchOf(o Options, profile string) launch {
	switch o.Browser.Family {
	case Firefox:
		return launch{
			args:  []string{"--no-remote", "--new-instance", "--profile", profile, "--new-window", o.URL},
			files: map[string]string{"user.js": firefoxPreferences(o.Proxy)},
		}
	case Epiphany: // it has no option for a proxy; GLib's resolver of proxies without a desktop reads http_proxy
		return launch{args: []string{"--private-instance", "--profile=" + profile, o.URL}}
	default:
		return launch{args: chromiumArguments(o, profile), files: map[string]string{"Default/Preferences": chromiumPreferences}}
	}
}

// nowhere is a host to which no connection is made.
const nowhere = "0.0.0.0/"

// chromiumArguments were tried with Chromium 156: see docs/sign-in.md.
func chromiumArguments(o Options, profile string) []string {
	args := []string{
		"--user-data-dir=" + profile,
		"--no-first-run", "--no-default-browser-check", "--password-store=basic", "--disable-breakpad",
		"--disable-sync", "--disable-extensions", "--disable-component-extensions-with-background-pages", "--disable-default-apps",
		"--disable-background-networking", "--disable-component-update", "--disable-domain-reliability", "--no-pings",
		// What still asks Google after all that is given an address that the proxy refuses.
		"--component-updater=url-source=http://" + nowhere, "--gaia-url=http://" + nowhere,
		"--disk-cache-size=33554432", // bytes; the profile is in memory
		fmt.Sprintf("--proxy-server=http://%s", o.Proxy),
		"--proxy-bypass-list=<-loopback>", // else loopback and link-local addresses are reached without the proxy
		"--disable-quic", "--webrtc-ip-handling-policy=disable_non_proxied_udp",
		// HTTPS first, and the checks of what a public page may fetch from private addresses.
		"--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,LocalNetworkAccessChecks,NetworkTimeServiceQuerying,MediaRouter,OptimizationHints,AutofillServerCommunication,Translate",
	}
	if os.Geteuid() == 0 { // the sandbox refuses to run as root, which no person does
		args = append(args, "--no-sandbox")
	}
	if o.Pipe { // what is at its other end opens the URL; about:blank would make a window with an address bar
		return append(args, "--remote-debugging-pipe", "--app=data:text/html,")
	}
	return append(args, "--app="+o.URL)
}

// chromiumPreferences turn off what has no option.
const chromiumPreferences = `{"https_only_mode_enabled":false,"https_first_balanced_mode_enabled":false,"dns_over_https":{"mode":"off"},` +
	`"alternate_error_pages":{"enabled":false},"safebrowsing":{"enabled":false},"search":{"suggest_enabled":false},"net":{"network_prediction_options":2},` +
	`"credentials_enable_service":false,"profile":{"password_manager_enabled":false,"password_manager_leak_detection":false},"translate":{"enabled":false},"signin":{"allowed":false},"webrtc":{"ip_handling_policy":"disable_non_proxied_udp"}}`

// firefoxPreferences are the user.js of a profile.
func firefoxPreferences(proxy netip.AddrPort) string {
	var b strings.Builder
	set := func(name string, value any) { fmt.Fprintf(&b, "user_pref(%q, %#v);\n", name, value) }
	set("network.proxy.type", 1)
	for _, kind := range []string{"http", "ssl", "socks"} {
		set("network.proxy."+kind, proxy.Addr().String())
		set("network.proxy."+kind+"_port", int(proxy.Port()))
	}
	set("network.proxy.socks_version", 5)
	set("network.proxy.socks_remote_dns", true)
	set("network.proxy.no_proxies_on", "")
	set("network.proxy.allow_hijacking_localhost", true)
	set("network.proxy.failover_direct", false)
	set("network.trr.mode", 5)
	set("network.dns.disablePrefetch", true)
	set("network.prefetch-next", false)
	set("network.predictor.enabled", false)
	set("network.http.speculative-parallel-limit", 0)
	set("network.http.http3.enable", false)
	set("network.captive-portal-service.enabled", false)
	set("network.connectivity-service.enabled", false)
	set("network.lna.enabled", false)
	set("network.lna.blocking", false)
	set("dom.security.https_only_mode", false)
	set("dom.security.https_first", false)
	set("dom.security.https_first_schemeless", false)
	set("media.peerconnection.ice.proxy_only", true)
	set("signon.rememberSignons", false)
	set("extensions.enabledScopes", 0)
	set("extensions.update.enabled", false)
	set("extensions.getAddons.cache.enabled", false)
	set("extensions.systemAddon.update.enabled", false)
	set("identity.fxaccounts.enabled", false)
	set("app.update.auto", false)
	set("app.normandy.enabled", false)
	set("app.shield.optoutstudies.enabled", false)
	set("browser.safebrowsing.malware.enabled", false)
	set("browser.safebrowsing.phishing.enabled", false)
	set("browser.safebrowsing.downloads.remote.enabled", false)
	set("browser.region.update.enabled", false)
	set("browser.search.update", false)
	set("browser.aboutwelcome.enabled", false)
	set("browser.shell.checkDefaultBrowser", false)
	set("browser.startup.page", 0)
	set("browser.startup.homepage_override.mstone", "ignore")
	set("browser.newtabpage.enabled", false)
	set("browser.translations.enable", false)
	set("browser.tabs.warnOnClose", false)
	set("browser.cache.disk.capacity", 32<<10) // KiB; the profile is in memory
	set("datareporting.policy.dataSubmissionEnabled", false)
	set("datareporting.healthreport.uploadEnabled", false)
	set("toolkit.telemetry.enabled", false)
	set("toolkit.telemetry.server", "")
	set("browser.region.network.url", "")
	set("toolkit.telemetry.unified", false)
	set("toolkit.telemetry.reportingpolicy.firstRun", false)
	set("dom.push.connection.enabled", false)
	return b.String()
}
