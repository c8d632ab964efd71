package speech

import (
	"regexp"
	"strings"
)

// voice is what a flow asks for, taken apart: "British Female", "de", "en-GB
// man", or an engine's own name.
type voice struct {
	name     string // as written, if it can be an engine's own name
	language string // as espeak-ng writes it; empty: not told
	female   bool
	male     bool
}

// Languages and countries by their common names.
var voiceLanguages = map[string]string{
	"english": "en-us", "american": "en-us", "us": "en-us", "british": "en-gb", "uk": "en-gb", "scottish": "en-gb-scotland",
	"german": "de", "deutsch": "de", "french": "fr-fr", "francais": "fr-fr", "spanish": "es", "mexican": "es-419",
	"italian": "it", "dutch": "nl", "portuguese": "pt", "brazilian": "pt-br", "polish": "pl", "russian": "ru",
	"swedish": "sv", "norwegian": "nb", "danish": "da", "finnish": "fi", "turkish": "tr", "greek": "el",
	"czech": "cs", "hungarian": "hu", "romanian": "ro", "arabic": "ar", "hindi": "hi", "chinese": "cmn",
	"mandarin": "cmn", "japanese": "ja", "korean": "ko", "ukrainian": "uk",
}

var (
	voiceLanguage = regexp.MustCompile(`^[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}$`)
	// No voice can be mistaken for a flag or for a file.
	voiceName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,39}(\+[A-Za-z][A-Za-z0-9_-]{0,19})?$`)
)

func parseVoice(s string) voice {
	v := voice{}
	if voiceName.MatchString(s) && !strings.Contains(s, "..") {
		v.name = s
	}
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == ' ' || r == ',' || r == '(' || r == ')' }) {
		switch {
		case w == "female" || w == "woman":
			v.female = true
		case w == "male" || w == "man":
			v.male = true
		case voiceLanguages[w] != "" && v.language == "":
			v.language, v.name = voiceLanguages[w], ""
		case voiceLanguage.MatchString(strings.ReplaceAll(w, "_", "-")) && v.language == "":
			v.language = strings.ReplaceAll(w, "_", "-")
		}
	}
	if v.female || v.male {
		v.name = ""
	}
	return v
}

// espeak is the voice for espeak-ng: language and variant. Empty: its own.
func (v voice) espeak() string {
	name := v.name
	if v.language != "" {
		name = v.language
	}
	if name == "" && (v.female || v.male) {
		name = "en-us"
	}
	name, variant, _ := strings.Cut(name, "+")
	switch {
	case v.female:
		variant = "f3"
	case v.male:
		variant = "m3"
	}
	if variant == "" {
		return name
	}
	return espeakFile(name) + "+" + variant
}

// Languages with a region, and other names, for which espeak-ng has a file.
var espeakFiles = map[string]string{
	"en-us": "en-us", "en-us-nyc": "en-us-nyc", "en-029": "en-029", "en-gb-scotland": "en-gb-scotland", "en-gb-x-rp": "en-gb-x-rp",
	"en-gb-x-gbclan": "en-gb-x-gbclan", "en-gb-x-gbcwmd": "en-gb-x-gbcwmd", "es-419": "es-419", "es-mx": "es-419", "pt-br": "pt-br",
	"fr-be": "fr-be", "fr-ch": "fr-ch", "no": "nb", "zh": "cmn", "zh-cn": "cmn",
}

// espeakFile is the voice that takes variants, such as f3: that of a file. To
// any other name of a language espeak-ng gives its plain voice, a man's: en-gb
// is one of those that en has.
func espeakFile(language string) string {
	low := strings.ToLower(language)
	if file := espeakFiles[low]; file != "" {
		return file
	}
	if voiceLanguage.MatchString(low) {
		language, _, _ = strings.Cut(low, "-")
	}
	return language
}

// flite is the voice for flite, which speaks English only.
func (v voice) flite() string {
	switch v.name {
	case "kal", "kal16", "awb", "rms", "slt":
		return v.name
	}
	switch {
	case v.language == "en-gb-scotland" && !v.female:
		return "awb"
	case v.male:
		return "rms"
	}
	return "slt"
}
