// Package hostile runs the real helper command behind a gateway that attacks it, in network namespaces. Under every
// attack the agent stays small, answers and ends at once.
package hostile
