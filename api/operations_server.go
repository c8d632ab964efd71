package api

// serverOperations are the calls of the server's own state.
func serverOperations() []*Operation {
	return []*Operation{
		op((*Server).health, Operation{Summary: "Whether the server lives.", Anonymous: true, Scope: noAccount(), Media: "text/plain", Routes: []string{"GET /healthz"}}),
		op((*Server).readiness, Operation{Summary: "Whether the server wants traffic (503: not).", Anonymous: true, Scope: noAccount(), Media: "text/plain", Routes: []string{"GET /readyz"}}),
		op((*Server).readMetrics, Operation{Summary: "Counters for Prometheus: to administrators, and to this machine while publicUrl is empty.", Anonymous: true, Scope: noAccount(), Media: "text/plain", Routes: []string{"GET /metrics"}}),
	}
}
