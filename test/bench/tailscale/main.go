// Tailscale asks Tailscale's captive portal detection once and prints what it says:
// portal or clear. It knows no third answer.
package main

import (
	"context"
	"fmt"

	"tailscale.com/net/captivedetection"
	"tailscale.com/net/netmon"
	"tailscale.com/types/logger"
)

func main() {
	says := "clear"
	if captivedetection.NewDetector(logger.Discard).Detect(context.Background(), netmon.NewStatic(), nil, 0) {
		says = "portal"
	}
	fmt.Println(says)
}
