// Package archtest holds the design of the project as tests: which package may import
// which, and the rules of style that a machine can judge.
package archtest
