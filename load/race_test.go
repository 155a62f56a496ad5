//go:build race

package load

// raceEnabled: the race detector makes the oracles' arithmetic ten times as slow; they try fewer cases under it.
const raceEnabled = true
