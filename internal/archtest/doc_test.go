// Package archtest checks the design of the project: which package may import which, and what the linker keeps.
package archtest
