//go:build race

package flowtest

// randomFlows is how many are tried where each access is watched.
const randomFlows = 1_000
