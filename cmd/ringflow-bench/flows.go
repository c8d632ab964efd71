package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// flowFigures are what the benchmarks of flows measure, and what we aim at.
var flowFigures = []struct {
	what      string
	benchmark string
	metric    string // as the benchmark names it
	scale     float64
	format    string
	aim       string
}{
	{"interpreter, its log lines written", "Steps/told", "steps/s", 1, "%.0f steps/s", "–"},
	{"interpreter, its log lines written", "Steps/told", "allocs/step", 1, "%.1f allocations a step", "–"},
	{"interpreter, nobody looks", "Steps/untold", "steps/s", 1, "%.0f steps/s", "–"},
	{"interpreter, nobody looks", "Steps/untold", "allocs/step", 1, "%.1f allocations a step", "–"},
	{"a story of a ten-minute call", "TenMinutes", "ns/op", 1e-6, "%.2f ms", "< 20 ms"},
	{"1,000 stories, one after the other", "ThousandStories", "ns/op", 1e-9, "%.2f s", "< 10 s"},
}

// flows measures the interpreter and the stories. That is no traffic but plain
// computing, so the packages' own benchmarks do it, each several times.
func (b *bench) flows() error {
	const times = 5
	fmt.Printf("\n| flows, median of %d | Ringflow | aim |\n|---|---|---|\n", times)
	out, err := exec.Command("go", "test", "-run", "^$", "-bench", "Steps|TenMinutes|ThousandStories",
		"-count", strconv.Itoa(times), "./flow", "./flow/flowtest").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	all := benchmarks(out)
	var failed []error
	for _, f := range flowFigures {
		values := all[f.benchmark][f.metric]
		if len(values) == 0 {
			failed = append(failed, fmt.Errorf("the benchmark %s tells no %s", f.benchmark, f.metric))
			continue
		}
		slices.Sort(values)
		fmt.Printf("| %s | "+f.format+" | %s |\n", f.what, values[len(values)/2]*f.scale, f.aim)
	}
	return errors.Join(failed...)
}

// benchmarks reads what go test prints: by the benchmark's name and the
// metric's, a value for each time. A line is the name with the number of
// processors behind it, the turns, and values with their metrics.
func benchmarks(out []byte) map[string]map[string][]float64 {
	all := map[string]map[string][]float64{}
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		words := strings.Fields(s.Text())
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(words[0], "Benchmark")
		if i := strings.LastIndexByte(name, '-'); i >= 0 {
			name = name[:i]
		}
		if all[name] == nil {
			all[name] = map[string][]float64{}
		}
		for i := 2; i+1 < len(words); i += 2 {
			if v, err := strconv.ParseFloat(words[i], 64); err == nil {
				all[name][words[i+1]] = append(all[name][words[i+1]], v)
			}
		}
	}
	return all
}
