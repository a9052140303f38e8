// Tailscale runs Tailscale's captive portal detection once and prints its result: portal or
// clear. It has no third result.
package main

import (
	"context"
	"fmt"

	"tailscale.com/net/captivedetection"
	"tailscale.com/net/netmon"
	"tailscale.com/types/logger"
)

func main() {
	result := "clear"
	if captivedetection.NewDetector(logger.Discard).Detect(context.Background(), netmon.NewStatic(), nil, 0) {
		result = "portal"
	}
	fmt.Println(result)
}
