// Package web reads what servers send as browsers read it: character encodings, HTML,
// refreshes, inline scripts, URL references and the XML that gateways hide in pages. All
// input is hostile, so every reader is bounded. The probe and the portal session share it,
// so that both see the same page.
package web
