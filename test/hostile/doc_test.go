// Package hostile runs the real helper command behind a gateway that attacks it, in network namespaces. Whatever comes, the
// agent stays small, answers and ends at once.
package hostile
