package endpoints

import "strings"

// Voicemail is the box of a user or a team as its owner has set it. Everybody
// has one: the zero value is a box that nobody has touched.
type Voicemail struct {
	PINHash        string `json:"-"` // PHC string, argon2id; empty: none was set
	Greeting       string `json:"greeting,omitempty"`
	GreetingFileID string `json:"greetingFileId,omitempty"` // an audio file; wins over the text
	NoEmail        bool   `json:"noEmail,omitempty"`        // messages don't go out by e-mail
	MP3            bool   `json:"mp3,omitempty"`            // by e-mail they go as MP3, not WAV
}

// A PIN has so many digits.
const (
	MinPIN = 4
	MaxPIN = 12
)

const maxGreeting = 2000 // characters

// SetPIN keeps the hash of a new PIN, *Invalid if it can't be one. An empty one
// takes the PIN away: then nobody can give one.
func (v *Voicemail) SetPIN(pin string) error {
	if pin == "" {
		v.PINHash = ""
		return nil
	}
	if err := CheckPIN(pin); err != nil {
		return err
	}
	v.PINHash = HashPassword(pin)
	return nil
}

// CheckPIN tells whether a box may have this PIN. What it says never has the PIN in it.
func CheckPIN(pin string) error {
	if len(pin) < MinPIN || len(pin) > MaxPIN || strings.Trim(pin, "0123456789") != "" {
		return invalid("voicemailPin", "isn't %d to %d digits", MinPIN, MaxPIN)
	}
	if strings.Trim(pin, pin[:1]) == "" {
		return invalid("voicemailPin", "is one digit over and over: anybody would guess it")
	}
	return nil
}

// Opens tells whether pin is the box's.
func (v *Voicemail) Opens(pin string) bool {
	return v.PINHash != "" && CheckPIN(pin) == nil && VerifyPassword(v.PINHash, pin)
}

// Validate tells what of v can't be kept (*Invalid), and brings the rest into its
// normal form.
func (v *Voicemail) Validate() error {
	v.Greeting, v.GreetingFileID = strings.TrimSpace(v.Greeting), strings.ToLower(strings.TrimSpace(v.GreetingFileID))
	if n := len([]rune(v.Greeting)); n > maxGreeting {
		return invalid("voicemailGreeting", "has %d characters; %d are allowed", n, maxGreeting)
	}
	if v.GreetingFileID != "" && !ValidID(v.GreetingFileID) {
		return invalid("voicemailGreetingFileId", "%.64q isn't the id of a file", v.GreetingFileID)
	}
	return nil
}

// Box is how much waits in a voicemail box.
type Box struct{ New, Saved int }
