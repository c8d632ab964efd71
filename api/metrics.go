package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are the API's own, Go's, and the samples of the other rooms.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	page     http.Handler
}

func newMetrics(samples []func() []Sample) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "ringflow_api_requests_total", Help: "Requests answered."}, []string{"operation", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ringflow_api_request_seconds", Help: "Time to the end of the answer.", Buckets: []float64{.001, .005, .02, .1, .5, 2, 10},
		}, []string{"operation"}),
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(m.requests, m.seconds, sampled(samples), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.page = promhttp.HandlerFor(reg, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
	return m
}

func (m *metrics) count(operation string, status int, took time.Duration) {
	m.requests.WithLabelValues(operation, strconv.Itoa(status)).Inc()
	if operation != "WatchSession" && operation != "WatchEvents" { // as long as a call, or more
		m.seconds.WithLabelValues(operation).Observe(took.Seconds())
	}
}

// sampled reads the samples anew at each scrape.
type sampled []func() []Sample

// Describe tells nothing: the names are known when they are read.
func (sampled) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (all sampled) Collect(out chan<- prometheus.Metric) {
	for _, read := range all {
		for _, s := range read() {
			kind := prometheus.GaugeValue
			if s.Total {
				kind = prometheus.CounterValue
			}
			desc := prometheus.NewDesc(s.Name, s.Help, nil, s.Labels)
			m, err := prometheus.NewConstMetric(desc, kind, s.Value)
			if err != nil {
				m = prometheus.NewInvalidMetric(desc, err)
			}
			out <- m
		}
	}
}
