package flowtest

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"
)

// Watch runs again each time that one of the files which run names has
// changed, was added or removed; it looks every so often, until ctx ends.
func Watch(ctx context.Context, every time.Duration, run func() (files []string)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		begin := time.Now().Add(-slack)
		files := run()
		was, newest := stamps(files)
		for changed := newest.After(begin); !changed; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			is, _ := stamps(files)
			changed = is != was
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// slack is how far the time of a file may lag behind the clock.
const slack = 20 * time.Millisecond

// stamps tells apart two states of files, and when the last of them changed.
func stamps(files []string) (text string, newest time.Time) {
	for _, file := range slices.Compact(slices.Sorted(slices.Values(files))) {
		info, err := os.Stat(file)
		if err != nil {
			text += fmt.Sprintln(file, "away")
			continue
		}
		text += fmt.Sprintln(file, info.ModTime().UnixNano(), info.Size())
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return text, newest
}
