package speech_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"ringflow/media/speech"
)

// What a server that was killed left of what people said is removed; what another one
// has at work, and what is not ours, is not.
func TestRemoveLeftovers(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	old := time.Now().Add(-2 * time.Hour)
	for name, when := range map[string]time.Time{"ringflow-speech-dead": old, "ringflow-speech-at-work": time.Now(), "somebody": old} {
		dir := filepath.Join(tmp, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "heard.wav"), []byte("RIFF"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(dir, when, when); err != nil {
			t.Fatal(err)
		}
	}
	if err := speech.RemoveLeftovers(); err != nil {
		t.Error(err)
	}
	for name, stays := range map[string]bool{"ringflow-speech-dead": false, "ringflow-speech-at-work": true, "somebody": true} {
		if _, err := os.Stat(filepath.Join(tmp, name)); (err == nil) != stays {
			t.Errorf("%s: %v", name, err)
		}
	}
}
