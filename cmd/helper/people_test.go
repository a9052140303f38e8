package main

import (
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"hotspot-helper/internal/notify/notifytest"
)

// playPeople puts a notification service on the script's bus, with a person who reads: `people`.
func playPeople(ts *testscript.TestScript, _ bool, _ []string) {
	w := worldOf(ts)
	w.people = notifytest.Start(w, w.bus, "actions", "body")
}

// told waits for the only notification, whose summary and body have to contain a text, and chooses one of its
// actions, if one is named: `told 'Accept the terms' accept`. `! told` waits until none is there.
func told(ts *testscript.TestScript, isNegated bool, args []string) {
	people := worldOf(ts).people
	if isNegated {
		people.AwaitNone("something is told")
		return
	}
	id, shown := people.AwaitOne("nothing is told")
	if text := shown.Summary + "\n" + shown.Body; !strings.Contains(text, args[0]) {
		ts.Fatalf("a person is told: %s", text)
	}
	if len(args) > 1 {
		people.Act(id, args[1], "")
	}
}
