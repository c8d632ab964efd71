package sms

import "testing"

func TestKeywords(t *testing.T) {
	for text, want := range map[string]Keyword{
		"STOP": Stop, " stop. ": Stop, "\"Unsubscribe\"": Stop, "STOPALL": Stop, "quit!": Stop, "end": Stop, "Cancel": Stop,
		"help": Help, "INFO?": Help, "yes": Start, "Unstop": Start, "start": Start,
		"arret": Stop, "Arrêt!": Stop, "Aide": Help,
		"stop it": "", "please stop": "", "yes please": "", "": "", "123": "", "stopp": "",
	} {
		if got := KeywordOf(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
