package speech

import (
	"bytes"
	_ "embed"
	"fmt"

	"ringflow/media"
)

//go:embed apology.wav
var apology []byte

// Apology is "We are sorry, something went wrong. Goodbye.", recorded: it needs
// no engine and no disk.
func Apology() *media.Clip {
	clip, err := media.DecodeClip(bytes.NewReader(apology))
	if err != nil { // the program was built with a broken file
		panic(fmt.Sprintf("apology.wav: %v", err))
	}
	return clip
}
