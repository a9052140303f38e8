package main

import (
	"bufio"
	"errors"
	"runtime"
	"slices"
	"strings"

	"hotspot-helper/internal/confine"
	"hotspot-helper/plugins/archive"
	"hotspot-helper/plugins/live"
	"hotspot-helper/plugins/trust"
)

// describeArchitectures says which architectures the programs in an archive are for.
func describeArchitectures(a *archive.Archive) string {
	if a.Program.ForAll() {
		return "every architecture"
	}
	return strings.Join(a.Architectures(), ", ")
}

// installAllowed installs a helper, once the user has allowed its program, if it is one.
func (a *app) installAllowed(place trust.Place, request trust.Request, isAllowed bool) (trust.Installed, error) {
	done, err := place.Install(request)
	offer, isProgram := errors.AsType[*trust.ProgramError](err)
	if !isProgram {
		return done, err
	}
	a.printProgramOffer(offer, request)
	if !isAllowed {
		if a.readPassword == nil {
			return done, hinted(err, "read the above; --allow-program installs it")
		}
		q := questions{in: bufio.NewReaderSize(a.stdin, maxAnswerLine), out: a.stderr}
		yes, noAnswer := q.yesNo("Allow the program of "+offer.Archive.File()+"?", false)
		if noAnswer != nil {
			return done, noAnswer
		}
		if !yes {
			return done, errors.New("install " + offer.Archive.Name + ": you did not allow its program, and nothing is changed")
		}
		request.AcceptMore = true // it was shown
	}
	request.AllowProgram = true
	return place.Install(request)
}

// printProgramOffer says what a program is that the user is asked to allow. What its maker wrote is foreign text.
func (a *app) printProgramOffer(offer *trust.ProgramError, r trust.Request) {
	s := offer.Archive.Program
	a.line("%s %s IS A PROGRAM. The agent will run it on this computer:", s.Name, s.Version())
	a.line("  signed      %s", offeredBy(offer, r))
	a.line("  file        %s%s, SHA-256 %s", s.Program(runtime.GOARCH), arguments(s), offer.Archive.ProgramDigest(runtime.GOARCH))
	a.line("  can         compute, and nothing else: no network, no file of yours, no environment, %s, %d MiB of memory", processesOf(s), s.Memory())
	for _, missing := range confine.Missing() {
		a.line("              NOT ENFORCED HERE: %s: %s", missing.Guarantee, missing.Cause)
	}
	hosts, shared := s.Hosts()
	a.line("  talks to    %s, through the agent", listed(slices.Concat(hosts, shared)))
	if len(shared) > 0 {
		a.line("              many networks share %s", listed(shared))
	}
	for _, input := range s.Inputs() {
		a.line("  asks for    %s: %s%s", input.Name, input.Prompt, shownInput(input).traits())
	}
	if fields := s.SecretFields(); len(fields) > 0 {
		a.line("  computes    from secrets: %s", listed(fields))
	}
	for _, terms := range s.Terms() {
		a.line("  accepts     %q in your name, if you agree", terms)
	}
	networks := s.Networks()
	for _, network := range networks[:min(len(networks), maxOfferedNetworks)] {
		a.line("  sees        networks, to claim %s", shortened(network))
	}
	if more := len(networks) - maxOfferedNetworks; more > 0 {
		a.line("              and %d more kinds of networks", more)
	}
	a.printDifference(offer)
}

// What is shown of a program, so that nothing is pushed out of sight.
const (
	maxOfferedNetworks = 10
	maxOfferedText     = 200 // characters
)

// shortened returns the beginning of a text.
func shortened(text string) string {
	if long := []rune(text); len(long) > maxOfferedText {
		return string(long[:maxOfferedText]) + "…"
	}
	return text
}

// processesOf says which processes a program may have.
func processesOf(s *live.Shipped) string {
	if s.Processes() {
		return "no other process but those it starts, also of programs of the system, all confined like it"
	}
	return "no other process"
}

// printDifference says what is different from the version before.
func (a *app) printDifference(offer *trust.ProgramError) {
	if offer.Before == nil {
		return
	}
	changed := "the same program"
	if offer.Changed {
		changed = "ANOTHER PROGRAM"
	}
	a.line("  before      %s; this one has %s", offer.Before.Version(), changed)
	if !offer.Growth.None() {
		a.line("              %s", offer.Growth)
	}
}

// offeredBy says who signed a program.
func offeredBy(offer *trust.ProgramError, r trust.Request) string {
	if !offer.Maker.IsKey() {
		return "BY NOBODY: anybody could have made it"
	}
	return "by " + string(offer.Maker) + onDay(r.Signature.Time)
}

// arguments are what a program is started with.
func arguments(s *live.Shipped) string {
	text := ""
	for _, arg := range s.Args() {
		text += " " + quote(arg)
	}
	return shortened(text)
}

// listed lists names; there may be none.
func listed(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}
