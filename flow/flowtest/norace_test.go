//go:build !race

package flowtest

// randomFlows is how many are tried.
const randomFlows = 10_000
