package endpoints

import (
	"math/big"
	"slices"
	"strings"
)

// Ids of message centres that may be written in more ways than one: shorter ones are too much alike.
const minNotation, maxNotation = 4, 20

// OtherNotations are the other ways in which a far end may write its id of a message. Some message centres give it in
// hexadecimal with the answer and in decimal with the receipt, or the other way round, and some with zeros before it.
func OtherNotations(c Channel, id string) (all []string) {
	if c != SMPP {
		return nil
	}
	add := func(digits string, widths ...int) {
		for _, w := range widths {
			if s := strings.Repeat("0", max(w-len(digits), 0)) + digits; len(s) <= maxNotation && s != id && !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	for _, n := range numbers(id) {
		add(n.Text(16), 0, 8, 10, 16)
		add(strings.ToUpper(n.Text(16)), 0, 8, 10, 16)
		add(n.Text(10), 0, 10, 20)
	}
	return all
}

// Meanings are what an id may mean: the same of two that are notations of one, whatever their channel.
func Meanings(id string) (all []string) {
	for _, n := range numbers(id) {
		all = append(all, n.Text(10))
	}
	if len(all) == 0 {
		return []string{id}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// numbers are those that an id may be; none: it is no number.
func numbers(id string) (all []*big.Int) {
	if len(id) < minNotation || len(id) > maxNotation || strings.Trim(id, "0123456789abcdefABCDEF") != "" {
		return nil
	}
	for _, base := range []int{10, 16} {
		if n, ok := new(big.Int).SetString(id, base); ok {
			all = append(all, n)
		}
	}
	return all
}
