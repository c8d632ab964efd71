//go:build race

package flow_test

import "time"

// slowest is the most that an expression may take where each access is watched.
const slowest = time.Second
