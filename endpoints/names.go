package endpoints

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// sipUserName is what a user signs in with at the registrar, and the user part
// of its address: lower case, a letter first so that it is never taken for a
// number.
var sipUserName = regexp.MustCompile(`^[a-z][a-z0-9._-]{0,31}$`)

var reservedNames = map[string]bool{"anonymous": true, "unknown": true, "asterisk": true}

// ValidSipUserName tells whether name can be a sipUserName.
func ValidSipUserName(name string) bool { return sipUserName.MatchString(name) && !reservedNames[name] }

// SipUserNameFor makes a sipUserName of a person's name ("Alice Moore" is
// alice.moore); taken tells which are gone, then a number goes behind.
func SipUserNameFor(first, last string, taken func(string) bool) string {
	parts := []string{}
	for _, p := range []string{plain(first), plain(last)} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	base := strings.Join(parts, ".")
	base = strings.TrimLeft(base, "0123456789")
	base = strings.Trim(base[:min(len(base), 24)], ".")
	if base == "" {
		base = "user"
	}
	name := base
	for n := 2; !ValidSipUserName(name) || taken(name); n++ {
		name = base + strconv.Itoa(n)
	}
	return name
}

// marked are letters of European names, each followed by what stands for it.
var marked = strings.NewReplacer(
	"à", "a", "á", "a", "â", "a", "ã", "a", "ä", "ae", "å", "a", "ą", "a", "æ", "ae", "ç", "c", "ć", "c", "č", "c", "ď", "d", "đ", "d",
	"è", "e", "é", "e", "ê", "e", "ë", "e", "ę", "e", "ě", "e", "ğ", "g", "ì", "i", "í", "i", "î", "i", "ï", "i", "ı", "i", "ł", "l",
	"ñ", "n", "ń", "n", "ň", "n", "ò", "o", "ó", "o", "ô", "o", "õ", "o", "ö", "oe", "ø", "o", "œ", "oe", "ř", "r", "ś", "s", "š", "s", "ş", "s",
	"ß", "ss", "ť", "t", "ù", "u", "ú", "u", "û", "u", "ü", "ue", "ů", "u", "ý", "y", "ÿ", "y", "ź", "z", "ż", "z", "ž", "z")

// plain keeps the letters and digits of s in lower case, without their marks.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') {
			return r
		}
		return -1
	}, marked.Replace(strings.Map(unicode.ToLower, s)))
}
