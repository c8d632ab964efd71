//go:build !race

package flow_test

import "time"

// slowest is the most that an expression may take.
const slowest = 50 * time.Millisecond
