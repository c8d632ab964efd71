package flowtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Suite is many stories and what came of them.
type Suite struct {
	Find    func(ctx context.Context, name string) ([]byte, error) // see Story.Find
	Told    func(Outcome)                                          // as each is over; nil: nobody looks
	Results []Outcome
}

// Outcome is what came of one story, or of a file that can't be read.
type Outcome struct {
	File   string
	Name   string
	Report *Report // nil: it could not run
	Err    error   // why it could not run
	Files  []string
}

// OK tells whether the story came out as expected.
func (o Outcome) OK() bool { return o.Err == nil && o.Report.First() == nil }

// Took is how long the story's call was, in virtual time.
func (o Outcome) Took() time.Duration {
	if o.Report == nil {
		return 0
	}
	return o.Report.Took
}

// Why is what went wrong, in lines; none when all went well.
func (o Outcome) Why() []string {
	switch {
	case o.Err != nil:
		return []string{o.Err.Error()}
	case o.OK():
		return nil
	}
	return o.Report.Told()
}

// StoryFiles lists the files of stories that paths name: files, and in folders
// everything in YAML and what in JSON is no flow.
func StoryFiles(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		found, err := storiesIn(path)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s holds no stories (files in YAML or JSON)", path)
		}
		files = append(files, found...)
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

func storiesIn(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if err == nil && file != dir && strings.HasPrefix(d.Name(), ".") {
				return filepath.SkipDir
			}
			return err
		}
		switch strings.ToLower(filepath.Ext(file)) {
		case ".yaml", ".yml":
			files = append(files, file)
		case ".json":
			raw, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			if isStory(raw) {
				files = append(files, file)
			}
		}
		return nil
	})
	return files, err
}

// isStory tells a story in JSON from a flow and from anything else: it names a flow.
func isStory(raw []byte) bool {
	var story struct {
		Flow  *string         `json:"flow"`
		Nodes json.RawMessage `json:"nodes"`
	}
	err := json.NewDecoder(bytes.NewReader(raw)).Decode(&story)
	return err == nil && story.Flow != nil && story.Nodes == nil
}

// Run plays all stories of files, one after the other, until ctx ends.
func (s *Suite) Run(ctx context.Context, files []string) error {
	for _, file := range files {
		stories, err := Load(file)
		if err == nil && len(stories) == 0 {
			err = errors.New("there is no story in it")
		}
		if err != nil {
			s.add(Outcome{File: file, Name: "(the file)", Err: err, Files: []string{file}})
			continue
		}
		for _, story := range stories {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			story.Find = s.Find
			r, err := story.Play(ctx)
			s.add(Outcome{File: file, Name: story.Name, Report: r, Err: err, Files: story.Files()})
		}
	}
	return context.Cause(ctx)
}

func (s *Suite) add(o Outcome) {
	s.Results = append(s.Results, o)
	if s.Told != nil {
		s.Told(o)
	}
}

// Failed counts the stories that did not come out as expected.
func (s *Suite) Failed() int {
	n := 0
	for _, o := range s.Results {
		if !o.OK() {
			n++
		}
	}
	return n
}
