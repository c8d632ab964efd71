package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"ringflow/config"
)

func readme(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// section is the part of the README under a heading.
func section(t *testing.T, text, heading string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, "\n## "+heading+"\n")
	if !found {
		t.Fatalf("README.md has no section %q", heading)
	}
	rest, _, _ = strings.Cut(rest, "\n## ")
	return rest
}

// named are the first groups of all matches, each once, sorted.
func named(text, pattern string) []string {
	var out []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestReadmeNamesEveryDependency(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	code := imports(t)
	// golang.org/x/sys stands as it is, github.com/pion/sdp/v3 as pion/sdp, the
	// parts of a family (bun and its dialects) once.
	short := func(path string) string {
		path = regexp.MustCompile(`/v\d+$`).ReplaceAllString(path, "")
		path = strings.TrimPrefix(path, "github.com/")
		for _, family := range []string{"uptrace/bun", "go.uber.org/zap"} {
			if strings.HasPrefix(path, family) {
				path = family
			}
		}
		return strings.Replace(path, "go.uber.org/", "uber-go/", 1)
	}
	var direct []string
	for _, line := range strings.Split(string(mod), "\n") {
		if m := regexp.MustCompile(`^(?:require)?\s+(\S+) v\S+$`).FindStringSubmatch(line); m != nil && slices.ContainsFunc(code, func(path string) bool { return path == m[1] || strings.HasPrefix(path, m[1]+"/") }) {
			direct = append(direct, short(m[1]))
		}
	}
	slices.Sort(direct)
	direct = slices.Compact(direct)
	var told []string
	for _, row := range named(section(t, readme(t), "Dependencies"), `(?m)^\| ([^|]+) \|`) {
		family := ""
		for _, name := range strings.Split(row, ", ") {
			if rest, is := strings.CutPrefix(name, "x/"); is && family == "golang.org/x/" {
				name = family + rest
			}
			if strings.HasPrefix(name, "golang.org/x/") {
				family = "golang.org/x/"
			}
			if strings.Contains(name, "/") {
				told = append(told, name)
			}
		}
	}
	slices.Sort(told)
	if !slices.Equal(direct, told) {
		t.Errorf("the code imports the modules\n%q\nREADME.md tells of\n%q", direct, told)
	}
}

// imports are the paths that the code imports.
func imports(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir("../..", func(file string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(file, ".go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range f.Imports {
			out = append(out, strings.Trim(i.Path.Value, `"`))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestReadmeCommandsExist(t *testing.T) {
	text := readme(t)
	lines := named(text, `(?m)(ringflow(?: [a-z]+| --?[a-z-]+)[^\n`+"`"+`]*)`)
	lines = append(lines, named(text, "`((?:call|phone|serve|check) --[^`]*)`")...)
	var seen int
	for _, line := range lines {
		// the rest of a command, its digits and file names, is its own affair
		words := strings.Fields(strings.TrimPrefix(line, "ringflow "))
		cmd := subcommand(words[0])
		if cmd == nil {
			if strings.Contains(text, "./bin/"+line) || strings.Contains(text, "`"+line) {
				t.Errorf("README.md says %q: there is no such command", line)
			}
			continue
		}
		seen++
		for _, w := range words[1:] {
			name, _, _ := strings.Cut(strings.TrimPrefix(w, "--"), "=")
			if strings.HasPrefix(w, "--") && cmd.Flag(name) == nil {
				t.Errorf("README.md says %q: %s has no flag --%s", line, words[0], name)
			}
		}
	}
	if seen < 8 {
		t.Errorf("only %d commands were found in README.md", seen)
	}
}

func subcommand(name string) *cobra.Command {
	for _, c := range root().Commands() {
		if c.Name() == name {
			_ = c.InheritedFlags() // --config is the root's
			return c
		}
	}
	return nil
}

func TestReadmeTargetsFilesAndKeysExist(t *testing.T) {
	text := readme(t)
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	targets := named(text, "(?m)(?:^    |`)make ([a-z-]+)")
	if len(targets) < 4 {
		t.Errorf("only the targets %q were found in README.md", targets)
	}
	for _, target := range targets {
		if !regexp.MustCompile(`(?m)^` + target + `:`).Match(makefile) {
			t.Errorf("README.md says make %s; the Makefile has no such target", target)
		}
	}
	links := named(text, `\]\(([^)#:]+)(?:#[^)]*)?\)`)
	rooms := named(section(t, text, "Map of the rooms"), "`([a-z]+(?:/[a-z]+)*)`")
	for _, file := range append(links, rooms...) {
		if subcommand(file) != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join("../..", file)); err != nil {
			t.Errorf("README.md names %s: %v", file, err)
		}
	}
	if len(links) < 5 || len(rooms) < 9 {
		t.Errorf("only the links %q and rooms %q were found in README.md", links, rooms)
	}
	own := section(t, text, "Your own number and phones")
	keys := named(own, "`((?:http|sip|media|tls|speech|store|admin|calls|drain|log)\\.[A-Za-z]+)`")
	if len(keys) < 3 {
		t.Errorf("only the keys %q were found in README.md", keys)
	}
	shipped, err := os.ReadFile("../../ringflow.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		sectionName, name, _ := strings.Cut(k, ".")
		_, part, _ := strings.Cut(string(shipped), "\n"+sectionName+":\n")
		if !regexp.MustCompile(`^(?:  .*\n)*?  ` + name + `:`).MatchString(part) {
			t.Errorf("README.md names %s, which is no key", k)
		}
	}
	for _, v := range named(text, `(RINGFLOW_[A-Z_]+)`) {
		for _, p := range loadProblems("", v+"=") {
			if strings.Contains(p, "no such setting") {
				t.Errorf("README.md: %s", p)
			}
		}
	}
}

// The example for a machine on the Internet is a good configuration, but for
// the certificate that the reader's machine has.
func TestReadmeConfigurationIsGood(t *testing.T) {
	examples := named(readme(t), "(?s)```yaml\n(.*?)```")
	if len(examples) == 0 {
		t.Fatal("README.md shows no configuration")
	}
	for _, e := range examples {
		if p := loadProblems(e); len(p) > 0 {
			t.Errorf("%s\n%s", strings.Join(p, "\n"), e)
		}
	}
}

func loadProblems(text string, environ ...string) []string {
	file, err := os.CreateTemp("", "ringflow-*.yaml")
	if err != nil {
		return []string{err.Error()}
	}
	defer os.Remove(file.Name())
	_, _ = file.WriteString(text)
	file.Close()
	_, problems := config.Load(file.Name(), environ)
	var out []string
	for _, p := range problems {
		out = append(out, p.String())
	}
	return out
}
