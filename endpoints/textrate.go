package endpoints

import "time"

// TextRate bounds the texts that leave of something: a bucket that has Burst segments when it is full,
// and gets one back each Every. What it has is kept in the store.
type TextRate struct {
	Key   string // what it bounds
	Every time.Duration
	Burst int
	// Segments are those of the text. A text that has more than the bucket has when it is full leaves
	// when it is full, and what comes after it waits the longer.
	Segments int
	// Ahead is how long before its turn a text may have its place. What must wait longer has none, and asks again.
	Ahead time.Duration
}

// Wait is how long the text waits for its turn if the bucket, of which one segment came back each every, is full again at
// full; and when that is so after it. Of a rate that was changed what is missing counts, not for how long it would be.
func (r TextRate) Wait(full time.Time, every time.Duration, now time.Time) (wait time.Duration, then time.Time) {
	missing := max(full.Sub(now), 0)
	if every != r.Every && every > 0 {
		missing = time.Duration(min(float64(missing)/float64(every), float64(r.Burst)) * float64(r.Every))
	}
	wait = missing - time.Duration(r.Burst-min(r.Segments, r.Burst))*r.Every
	return max(wait, 0), now.Add(missing + time.Duration(r.Segments)*r.Every)
}
