package speech

import (
	"errors"
	"os"
	"path/filepath"
	"time"
)

// scratch begins the names of the folders that engines make for a moment among the
// system's temporary files: what people said is in some.
const scratch = "ringflow-speech-"

// scratchTime is how old a folder must be to be a dead server's: no engine works that long.
const scratchTime = time.Hour

// RemoveLeftovers removes the folders that engines of servers that died had made. Those
// of servers that live, on this machine too, stay.
func RemoveLeftovers() error {
	all, err := filepath.Glob(filepath.Join(os.TempDir(), scratch+"*"))
	for _, dir := range all {
		if info, statErr := os.Lstat(dir); statErr == nil && info.IsDir() && time.Since(info.ModTime()) > scratchTime {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}
	return err
}
