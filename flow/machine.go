package flow

import (
	"context"
	"time"
)

// Detecting is a Line that can tell a person from a machine by how the party
// answers. It is asked only on an answered call.
type Detecting interface {
	// DetectMachine listens for at most limit. With beep it goes on after a
	// machine's greeting until its beep has been heard, or will not come.
	DetectMachine(ctx context.Context, limit time.Duration, beep bool) (Detection, error)
}

// Who takes a call; the names are those of the node's transitions.
const (
	DetectedHuman   = "Human"
	DetectedMachine = "Machine"
	DetectedUnknown = "Unknown"
)

// Detection is who took the call, and by what that was told.
type Detection struct {
	Who      string
	Evidence string // "greeting of 4.2 s without a pause of 0.8 s"
}
