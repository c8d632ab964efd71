package storetest

import (
	"maps"
	"testing"
	"time"

	"ringflow/endpoints"
)

// retention: which accounts delete recordings, and after how many days.
func retention(t *testing.T, d *Database) {
	s, ctx := d.Open(t), t.Context()
	want := map[string]int{}
	for name, days := range map[string]*int{"A": new(int), "B": nil, "C": ptr(30), "D": ptr(1)} {
		id := newAccount(t, s, name)
		set, err := s.Settings(ctx, id)
		must(t, err)
		if set.RecordingRetentionDays = days; days != nil {
			must(t, s.PutSettings(ctx, set))
			if *days > 0 {
				want[id] = *days
			}
		}
	}
	got, err := s.RetentionDays(ctx)
	must(t, err)
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// What is too old is found by type and time, the oldest first, a page at a time.
	a := newAccount(t, s, "Files")
	var ids []string
	for range 3 {
		f := &endpoints.File{AccountID: a, Type: endpoints.CallRecording, FileName: "r.wav"}
		must(t, s.PutFile(ctx, f))
		ids = append(ids, f.ID)
	}
	must(t, s.PutFile(ctx, &endpoints.File{AccountID: a, Type: endpoints.Upload, FileName: "u.wav"}))
	old := endpoints.FileFilter{List: endpoints.List{CountPerPage: 2, Simplified: true}, AccountIDs: []string{a}, Types: []endpoints.FileType{endpoints.CallRecording, endpoints.VoiceMessage}}
	for _, at := range []struct {
		end  time.Time
		want int
	}{{time.Now().Add(-time.Hour), 0}, {time.Now().Add(time.Hour), 2}} {
		old.End = at.end
		list, _, err := s.Files(ctx, old)
		must(t, err)
		if len(list) != at.want || at.want > 0 && (list[0].ID != ids[0] || list[1].ID != ids[1]) {
			t.Errorf("before %s: %d files", at.end, len(list))
		}
	}
}

func ptr(n int) *int { return &n }
