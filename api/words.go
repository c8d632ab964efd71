package api

import (
	"embed"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"sync"
)

// What DTOs and their members are for stands in their comments; the pages that
// describe the API to its users show them.
//
//go:embed dto*.go *s.go
var sources embed.FS

// words are the comments: of a type, "SessionInfo", and of a member, "SessionInfo.FromName".
var words = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	files, _ := sources.ReadDir(".") // which is there
	for _, f := range files {
		text, _ := sources.ReadFile(f.Name())
		tree, err := parser.ParseFile(token.NewFileSet(), f.Name(), text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			continue // it has been compiled
		}
		for _, d := range tree.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.TYPE {
				continue
			}
			for _, s := range g.Specs {
				if t, ok := s.(*ast.TypeSpec); ok {
					learnWords(out, g, t)
				}
			}
		}
	}
	return out
})

func learnWords(out map[string]string, g *ast.GenDecl, t *ast.TypeSpec) {
	out[t.Name.Name] = sentence(strings.TrimPrefix(g.Doc.Text(), t.Name.Name+" "))
	s, ok := t.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range s.Fields.List {
		text := f.Comment.Text()
		if text == "" && len(f.Names) > 0 { // over several it is a heading
			text = f.Doc.Text()
		}
		for _, n := range f.Names {
			out[t.Name.Name+"."+n.Name] = sentence(strings.TrimPrefix(text, "ours: "))
		}
	}
}

// sentence makes one of a comment.
func sentence(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" || text == "ours" {
		return ""
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if !strings.ContainsAny(text[len(text)-1:], ".!?:") {
		text += "."
	}
	return text
}
