package form

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Enum is a named string with these members; a member's place is its number,
// "" where nothing is. It may also have
//
//	Aliases() map[string]string // other names that it is taken by, in lower case
//	Namespace() string          // Voice.Api.Flows, where it stands in lists
type Enum interface{ Members() []string }

var enumType = reflect.TypeFor[Enum]()

// IsEnum tells whether t is an enumeration.
func IsEnum(t reflect.Type) bool { return t.Implements(enumType) }

// EnumNames are the members of an enumeration, or of a list of one; nil: t is none.
func EnumNames(t reflect.Type) []string {
	t = Elem(t)
	if !IsEnum(t) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(reflect.Zero(t).Interface().(Enum).Members()), func(n string) bool { return n == "" })
}

// enumMember is the member's name for a name in any case, or a number.
func enumMember(e Enum, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	if a, ok := e.(interface{ Aliases() map[string]string }); ok {
		if name, ok := a.Aliases()[strings.ToLower(text)]; ok {
			return name, nil
		}
	}
	var allowed []string
	number, notNumber := strconv.Atoi(text)
	for i, name := range e.Members() {
		if name == "" {
			continue
		}
		if strings.EqualFold(name, text) || (notNumber == nil && number == i) {
			return name, nil
		}
		allowed = append(allowed, name)
	}
	return "", fmt.Errorf("%.40q is none of %s", text, strings.Join(allowed, ", "))
}

// namespaceOfEnum is where an enumeration that stands in lists is declared.
func namespaceOfEnum(t reflect.Type) string {
	if e, ok := reflect.Zero(t).Interface().(interface{ Namespace() string }); ok {
		return e.Namespace()
	}
	return "Voice.Api"
}
