// Package flow runs flows: graphs of nodes joined by transitions that decide
// what happens on a call. It knows nothing of SIP, audio or databases: the
// party on the line is a Line, data comes through Fields, time and chance
// through the Execution. Parse reads a stored graph, Compile turns it into a
// Program and lists every Problem, Program.Run walks it in the caller's
// goroutine. The nodes themselves are in flow/nodes, declared as flags are:
// see Spec. DESIGN.md tells why it is made so.
package flow
