package sms_test

import (
	"encoding/hex"
	"testing"

	"ringflow/endpoints/sms"
)

// National languages, by 3GPP TS 23.038 annex A: words that each has a table for, what stays as it is in the default
// alphabet, and what is in no table.
func TestNational(t *testing.T) {
	for _, c := range []struct{ header, septets, want string }{
		{"03240101", "4b1b69741b69721b7320646f1b676f1b732e", "Kıtırş doğoş."}, // Turkish, single: A.2.1
		{"03240101", "1b471b491b531b631b65071b3c041b3e", "ĞİŞç€ì[è]"},
		{"03250101", "4b07741d", "Kıtş"},                                                      // locking: A.3.1
		{"03250101", "040b0c1c1d40600908", "€ĞğŞşİçÇò"},                                       // and what it leaves
		{"03250101", "1b651b3c", "€["},                                                        // with the extension of the default alphabet
		{"06240101250101", "1b49401b67", "İİğ"},                                               // both
		{"03240102", "1b41091b09611b6e7f1b751b4f", "ÁÇçanàúÓ"},                                // Spanish, single: A.2.2
		{"03250102", "0509", "éÇ"},                                                            // it has no locking table: the default alphabet
		{"03240103", "1b0b1b0c1b0e1b0f1b411b5b1b5c1b611b7b1b7c1b7f1b1f1b05", "ÔôÁáÀÃÕÂãõâÊê"}, // Portuguese, single: A.2.3
		{"03240103", "1b121b131b141b151b191b6543096f0b", "ΦΓ^ΩΘ€CÇoØ"},
		{"03250103", "53 7b 6f 20 50 61 75 6c 6f", "São Paulo"}, // locking: A.3.3
		{"03250103", "04050607080b0c0e0f1213141516171819 1a1c1d1e1f2440 5b5c5d5e5f60 7b7c7d7e7f", "êéúíóÔôÁáªÇÀ∞^\\€Ó|ÂâÊÉºÍÃÕÚÜ§~ãõ`üà"},
		{"03240163", "411b650b", "A€Ø"}, // of a language that nobody has heard of
		{"04240201 01", "1b67", "g"},    // no language
		{"00", "1b671b", "g "},
	} {
		data, err := hex.DecodeString(stripped(c.header + c.septets))
		if err != nil {
			t.Fatal(err)
		}
		_, rest, n, err := sms.CutHeader(data)
		got := ""
		if err == nil {
			got = sms.ShiftOf(data[:n]).Decode(rest)
		}
		if got != c.want {
			t.Errorf("%s %s is %q (%v), want %q", c.header, c.septets, got, err, c.want)
		}
	}
}

func stripped(s string) (out string) {
	for _, r := range s {
		if r != ' ' {
			out += string(r)
		}
	}
	return out
}
