package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// DefaultFile is read when no file is named and it exists beside the user.
const DefaultFile = "ringflow.yaml"

const envPrefix = "RINGFLOW_"

// Variables with our prefix that are not settings.
var otherVariables = []string{"RINGFLOW_CORPUS"}

// Problem is one thing wrong with the configuration, said so that it can be mended.
type Problem struct {
	Where   string // file:line, or the environment variable
	Key     string
	Text    string
	Allowed string // empty where it does not apply
}

func (p Problem) String() string {
	s := p.Where + ": "
	if p.Key != "" {
		s += p.Key + ": "
	}
	s += p.Text
	if p.Allowed != "" {
		s += " (allowed: " + p.Allowed + ")"
	}
	return s
}

// Load reads file over the defaults and the environment (as os.Environ gives
// it) over both. An empty file name means DefaultFile if it is there. All
// problems are returned, not the first; the Config is usable only without any.
func Load(file string, environ []string) (*Config, []Problem) {
	c := defaults()
	var problems []Problem
	base := "."
	if file == "" {
		if _, err := os.Stat(DefaultFile); err == nil {
			file = DefaultFile
		}
	}
	if file != "" {
		c.File, base = file, filepath.Dir(file)
		problems = loadFile(c, file)
	}
	problems = append(problems, loadEnv(c, environ)...)
	problems = append(problems, together(c)...)
	for _, p := range []*string{&c.Data, &c.TLS.Cert, &c.TLS.Key} {
		if *p == "" || filepath.IsAbs(*p) {
			continue
		}
		if abs, err := filepath.Abs(filepath.Join(base, *p)); err == nil {
			*p = abs
		}
	}
	return c, problems
}

func loadFile(c *Config, file string) []Problem {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return []Problem{{Where: file, Text: "there is no such file"}}
	}
	if err != nil {
		return []Problem{{Where: file, Text: err.Error()}}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return []Problem{noYAML(file, err)}
	}
	if len(doc.Content) == 0 {
		return nil // empty file
	}
	r := &reader{c: c, file: file, seen: map[string]int{}}
	r.mapping("", doc.Content[0])
	return r.problems
}

// noYAML tells where a file stops being YAML. The library's text begins with
// "yaml: line 3: " where it knows.
func noYAML(file string, err error) Problem {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	var line int
	if n, _ := fmt.Sscanf(text, "line %d:", &line); n == 1 {
		_, text, _ = strings.Cut(text, ": ")
		file = fmt.Sprintf("%s:%d", file, line)
	}
	return Problem{Where: file, Text: "this is no YAML: " + text}
}

// reader walks the YAML tree, so that every message has its line.
type reader struct {
	c        *Config
	file     string
	seen     map[string]int
	problems []Problem
}

func (r *reader) problem(n *yaml.Node, key, text, allowed string) {
	r.problems = append(r.problems, Problem{Where: fmt.Sprintf("%s:%d", r.file, n.Line), Key: key, Text: text, Allowed: allowed})
}

func (r *reader) mapping(prefix string, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.problem(n, strings.TrimSuffix(prefix, "."), "keys were expected here", below(prefix))
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		path := prefix + name.Value
		if line, twice := r.seen[path]; twice {
			r.problem(name, path, fmt.Sprintf("stands twice, first in line %d", line), "")
			continue
		}
		r.seen[path] = name.Line
		if isSection(path) {
			r.mapping(path+".", value)
			continue
		}
		k, ok := find(path)
		if !ok {
			r.problem(name, path, "there is no such key", below(prefix))
			continue
		}
		r.value(k, value)
	}
}

func (r *reader) value(k key, n *yaml.Node) {
	var v []string
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		v = []string{""}
	case n.Kind == yaml.ScalarNode && k.list:
		v = splitList(n.Value)
	case n.Kind == yaml.ScalarNode:
		v = []string{n.Value}
	case n.Kind == yaml.SequenceNode && k.list:
		for _, item := range n.Content {
			v = append(v, item.Value)
		}
	default:
		r.problem(n, k.path, "one value was expected here", k.allowed)
		return
	}
	if err := k.set(r.c, v); err != nil {
		r.problem(n, k.path, err.Error(), k.allowed)
	}
}

func loadEnv(c *Config, environ []string) []Problem {
	var problems []Problem
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, envPrefix) || slices.Contains(otherVariables, name) {
			continue
		}
		i := slices.IndexFunc(keys, func(k key) bool { return Variable(k.path) == name })
		if i < 0 {
			problems = append(problems, Problem{Where: name, Text: "there is no such setting; the name is " + envPrefix + " and the key's path in capitals, such as " + Variable("sip.listen")})
			continue
		}
		k, v := keys[i], []string{value}
		if k.list {
			v = splitList(value)
		}
		if err := k.set(c, v); err != nil {
			problems = append(problems, Problem{Where: name, Key: k.path, Text: err.Error(), Allowed: k.allowed})
		}
	}
	return problems
}

// together checks what one key alone can't tell.
func together(c *Config) []Problem {
	var problems []Problem
	where := c.File
	if where == "" {
		where = "configuration"
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		problems = append(problems, Problem{Where: where, Key: "tls", Text: "cert and key go together: set both or neither"})
	}
	if len(c.TLS.ACME) > 0 && c.TLS.Cert != "" {
		problems = append(problems, Problem{Where: where, Key: "tls.acme", Text: "there is a certificate in tls.cert: set one of the two"})
	}
	if c.Speech.Engine == "http" && c.Speech.URL == "" {
		problems = append(problems, Problem{Where: where, Key: "speech.url", Text: "the http engine needs an address", Allowed: "an http:// or https:// address"})
	}
	if slices.Contains(c.Speech.Recognise, "http") && c.Speech.RecogniseURL == "" {
		problems = append(problems, Problem{Where: where, Key: "speech.recogniseUrl", Text: "the http recogniser needs an address", Allowed: "an http:// or https:// address"})
	}
	if c.Media.Listen.IsUnspecified() && !c.Media.Advertise.IsValid() {
		problems = append(problems, Problem{Where: where, Key: "media.advertise", Text: "media.listen is every address, so the one that callers shall send to must be told", Allowed: "an IP address"})
	}
	for _, l := range c.SIP.Listen {
		if c.SIP.Advertise == "" && (strings.Contains(l, "//0.0.0.0:") || strings.Contains(l, "//[::]:") || strings.Contains(l, "//:")) {
			problems = append(problems, Problem{Where: where, Key: "sip.advertise", Text: l + " is every address, so the one that phones and carriers shall answer to must be told", Allowed: "a host name or IP address"})
		}
	}
	return append(problems, mailTogether(c, where)...)
}

func mailTogether(c *Config, where string) []Problem {
	m := &c.Mail
	var problems []Problem
	problem := func(key, text string) { problems = append(problems, Problem{Where: where, Key: key, Text: text}) }
	switch {
	case m.SMTP != "" && m.From == "":
		problem("mail.from", "mail.smtp is set, so the address that mail comes from must be told")
	case m.SMTP == "" && (m.From != "" || m.User != "" || m.Password != ""):
		problem("mail.smtp", "mail is set up, but not the server that takes it; set it, or none of mail")
	}
	if (m.User == "") != (m.Password == "") {
		problem("mail", "user and password go together: set both or neither")
	}
	if name, _, err := net.SplitHostPort(m.SMTP); err == nil && m.TLS == "none" && m.User != "" && !thisMachine(name) {
		problem("mail.tls", "none would send the password over the network in clear; use starttls or tls")
	}
	return problems
}

// thisMachine tells whether a host is loopback by its name alone.
func thisMachine(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// Variable is the environment's name of a key.
func Variable(path string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

func find(path string) (key, bool) {
	i := slices.IndexFunc(keys, func(k key) bool { return k.path == path })
	if i < 0 {
		return key{}, false
	}
	return keys[i], true
}

func isSection(path string) bool {
	return slices.ContainsFunc(keys, func(k key) bool { return strings.HasPrefix(k.path, path+".") })
}

// below names what may stand on one level.
func below(prefix string) string {
	var names []string
	for _, k := range keys {
		rest, ok := strings.CutPrefix(k.path, prefix)
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(rest, ".")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
