package email

import "strings"

// unflow joins the lines of a format=flowed text (RFC 3676): one that ends with a blank goes
// on in the next, if both are quoted equally deep.
func unflow(s string, delSp bool) string {
	var out strings.Builder
	open, depth := false, 0
	for i, line := range strings.Split(s, "\n") {
		quoted := len(line) - len(strings.TrimLeft(line, ">"))
		text := strings.TrimPrefix(line[quoted:], " ") // stuffed
		signature := text == "-- "
		if !open || quoted != depth || signature {
			if i > 0 {
				out.WriteByte('\n')
			}
			if quoted > 0 {
				out.WriteString(strings.Repeat(">", quoted) + " ")
			}
		}
		if open, depth = strings.HasSuffix(text, " ") && !signature, quoted; open && delSp {
			text = text[:len(text)-1]
		}
		out.WriteString(text)
	}
	return out.String()
}
