// Package notify shows notifications on the user's desktop: a client of org.freedesktop.Notifications (Desktop
// Notifications Specification 1.2).
package notify

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Notification is what a person is told. Its texts may come from anyone: they are bounded, and shown as plain text.
type Notification struct {
	Summary string
	Body    []string // paragraphs; an empty one is left out
	Actions []Action
	Default string   // key of the action that a click on the notification itself chooses; empty: none
	Instead []string // paragraphs in place of the actions, on a desktop that shows none
	Stays   bool     // until a person or the agent closes it; else for as long as the desktop likes
	Hidden  bool     // not shown, also not later before it was over: the person acts already
	Urgent  bool     // shown before others, and also while the person is not to be disturbed
	About   string   // what a choice is about; not shown, returned in [Choice]
}

// Action is something to choose on a notification.
type Action struct {
	Key   string // for the program
	Label string // for the person
}

// Choice is the action that a person chose.
type Choice struct {
	Name   string // of the notification, as it was passed to [Client.Show]
	About  string // of the notification that was on the screen when the choice was made, which may differ by now
	Action string // its key; empty: the person, or the desktop, closed the notification
	Token  string // for the window that it opens (xdg-activation-v1); empty: the desktop gives none
}

func (n Notification) equal(other Notification) bool {
	return n.Summary == other.Summary && n.Default == other.Default && n.Stays == other.Stays && n.Urgent == other.Urgent && n.About == other.About &&
		slices.Equal(n.Body, other.Body) && slices.Equal(n.Actions, other.Actions) && slices.Equal(n.Instead, other.Instead)
}

// Bounds of what is shown, in characters.
const (
	maxSummary   = 100
	maxParagraph = 300
	maxLabel     = 60
)

// maxParagraphs and maxActions bound a notification; Client.Show has at most maxShown of them.
const (
	maxParagraphs = 8
	maxActions    = 6
	maxShown      = 16
)

// line makes one line of plain text of any text: one space stands for characters that are not graphic, such as
// controls and those that change the direction. At most max characters are left.
func line(text string, max int) string {
	var b strings.Builder
	count, isSpace := 0, false
	for _, r := range text[:min(len(text), 16*max)] { // further bytes cost nothing
		switch {
		case r != ' ' && (r == utf8.RuneError || unicode.IsSpace(r) || !unicode.IsGraphic(r)):
			isSpace = true
			continue
		case count >= max:
			return b.String() + "…"
		case isSpace && count > 0:
			b.WriteByte(' ')
			count++
		}
		b.WriteRune(r)
		isSpace = false
		count++
	}
	if len(text) > 16*max {
		b.WriteString("…")
	}
	return b.String()
}

// markup escapes what is markup in a body ("body-markup").
var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// message is a notification as the service gets it.
type message struct {
	summary, body string
	actions       []string // keys and labels in turn
}

// defaultAction is the key that services give to a click on the notification itself.
const defaultAction = "default"

// message returns what a service with some capabilities gets.
func (n Notification) message(can capabilities) message {
	m := message{summary: line(n.Summary, maxSummary), actions: []string{}}
	paragraphs := n.Body
	if can.actions {
		if n.Default != "" {
			m.actions = append(m.actions, defaultAction, line(n.label(n.Default), maxLabel))
		}
		for _, a := range n.Actions[:min(len(n.Actions), maxActions)] {
			m.actions = append(m.actions, a.Key, line(a.Label, maxLabel))
		}
	} else {
		paragraphs = slices.Concat(paragraphs, n.Instead)
	}
	var lines []string
	for _, p := range paragraphs[:min(len(paragraphs), maxParagraphs)] {
		if text := line(p, maxParagraph); text != "" {
			lines = append(lines, text)
		}
	}
	switch {
	case !can.body && len(lines) > 0:
		m.summary = line(m.summary+": "+strings.Join(lines, " "), maxParagraph)
	case can.markup:
		m.body = markup.Replace(strings.Join(lines, "\n"))
	default:
		m.body = strings.Join(lines, "\n")
	}
	return m
}

// label returns that of an action.
func (n Notification) label(key string) string {
	for _, a := range n.Actions {
		if a.Key == key {
			return a.Label
		}
	}
	return key
}

// chosen returns the key of the action that the service names; false: the notification has none of that key.
func (n Notification) chosen(key string) (string, bool) {
	if key == defaultAction && n.Default != "" {
		return n.Default, true
	}
	return key, slices.ContainsFunc(n.Actions, func(a Action) bool { return a.Key == key })
}
