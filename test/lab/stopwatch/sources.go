package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// watchRoutes reports when the interface gets a default route.
func watchRoutes(iface string) (<-chan time.Time, error) {
	device, err := net.InterfaceByName(iface)
	if err != nil {
		return nil, err
	}
	conn, err := rtnetlink.Dial(&netlink.Config{Groups: unix.RTMGRP_IPV4_ROUTE})
	if err != nil {
		return nil, err
	}
	routes := make(chan time.Time, 1)
	go func() {
		defer conn.Close()
		for {
			messages, _, err := conn.Receive()
			if err != nil {
				return
			}
			now := time.Now()
			for _, m := range messages {
				route, ok := m.(*rtnetlink.RouteMessage)
				if ok && route.DstLength == 0 && int(route.Attributes.OutIface) == device.Index && route.Attributes.Gateway != nil {
					routes <- now
					return
				}
			}
		}
	}()
	return routes, nil
}

// signals returns every signal of a daemon as one line.
func signals(ctx context.Context, name string) (<-chan line, error) {
	conn, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	if err := conn.AddMatchSignalContext(ctx, dbus.WithMatchSender(name)); err != nil {
		return nil, err
	}
	received, lines := make(chan *dbus.Signal, 100), make(chan line)
	conn.Signal(received)
	go func() {
		for s := range received {
			lines <- line{fmt.Sprintf("%s %s %v", s.Path, s.Name, s.Body), time.Now()}
		}
	}()
	return lines, nil
}

// follow returns the lines that are appended to a file. It polls every two milliseconds.
func follow(file string) (<-chan line, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		return nil, err
	}
	lines := make(chan line)
	go func() {
		defer f.Close()
		in, head := bufio.NewReader(f), ""
		for {
			text, err := in.ReadString('\n')
			head += text
			switch {
			case err == nil:
				lines <- line{strings.TrimSuffix(head, "\n"), time.Now()}
				head = ""
			case errors.Is(err, io.EOF):
				time.Sleep(2 * time.Millisecond)
			default:
				return
			}
		}
	}()
	return lines, nil
}
