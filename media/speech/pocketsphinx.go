package speech

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"ringflow/media"
)

const (
	// sphinxRate is that of its model, in Hz.
	sphinxRate = 16000
	// sphinxPad is silence at both ends, in samples: it wants to hear where speech begins.
	sphinxPad = sphinxRate * 3 / 10
)

// SphinxModel is where Debian's pocketsphinx-en-us keeps its model.
const SphinxModel = "/usr/share/pocketsphinx/model/en-us"

// pocketsphinx is the program of that name as a subprocess; its model is of
// American English. Where words are expected it knows no others, and takes the
// one that is nearest.
type pocketsphinx struct {
	batch, continuous string
	model             string
}

// NewPocketsphinx finds pocketsphinx and its model.
func NewPocketsphinx() (Recogniser, error) {
	p := &pocketsphinx{model: SphinxModel}
	for program, path := range map[string]*string{"pocketsphinx_batch": &p.batch, "pocketsphinx_continuous": &p.continuous} {
		var err error
		if *path, err = lookupIn(program, "pocketsphinx", "speech.recognise"); err != nil {
			return nil, err
		}
	}
	if _, err := os.Stat(p.dictionary()); err != nil {
		return nil, fmt.Errorf("pocketsphinx has no model: `apt-get install pocketsphinx-en-us`, or set another speech.recognise: %w", err)
	}
	return p, nil
}

func (p *pocketsphinx) Name() string { return "pocketsphinx" }

func (p *pocketsphinx) dictionary() string { return filepath.Join(p.model, "cmudict-en-us.dict") }

func (p *pocketsphinx) Recognise(ctx context.Context, clip *media.Clip, words []string) (string, error) {
	text, err := p.recognise(ctx, clip, words)
	if err != nil {
		return "", fmt.Errorf("pocketsphinx: %w", err)
	}
	return text, nil
}

// recognise has a folder of its own for what the programs read: they take no
// text and no sound from their standard input.
func (p *pocketsphinx) recognise(ctx context.Context, clip *media.Clip, words []string) (string, error) {
	dir, err := os.MkdirTemp("", scratch)
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	samples, err := media.Resample(clip.Samples(), media.ClipRate, sphinxRate)
	if err != nil {
		return "", err
	}
	samples = slices.Concat(make([]int16, sphinxPad), samples, make([]int16, sphinxPad))
	var wav bytes.Buffer
	if err := media.WriteWAV(&wav, sphinxRate, samples); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "heard.wav"), wav.Bytes(), 0o600); err != nil {
		return "", err
	}
	if len(words) == 0 {
		out, err := command(ctx, "", p.continuous, "-infile", filepath.Join(dir, "heard.wav"), "-logfn", "/dev/null")
		return string(out), err
	}
	return p.choose(ctx, dir, words)
}

// choose hears one of the phrases. The program that decodes a file as a whole is
// much surer of short words than the other, and knows only the words that can
// come, which saves it reading its dictionary.
func (p *pocketsphinx) choose(ctx context.Context, dir string, words []string) (string, error) {
	phrases, dictionary, err := p.known(words)
	if err != nil {
		return "", err
	}
	if len(phrases) == 0 {
		return "", fmt.Errorf("none of the expected words, %q, are in its dictionary", words)
	}
	file := func(name string) string { return filepath.Join(dir, name) }
	grammar := "#JSGF V1.0;\ngrammar choices;\npublic <choice> = " + strings.Join(phrases, " | ") + " ;\n"
	for name, text := range map[string]string{"words.dict": dictionary, "choices.jsgf": grammar, "ctl": "heard\n"} {
		if err := os.WriteFile(file(name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	_, err = command(ctx, "", p.batch, "-hmm", filepath.Join(p.model, "en-us"), "-dict", file("words.dict"), "-jsgf", file("choices.jsgf"),
		"-adcin", "yes", "-cepdir", dir, "-cepext", ".wav", "-ctl", file("ctl"), "-hyp", file("hyp"), "-logfn", "/dev/null")
	if err != nil {
		return "", err
	}
	out, err := os.ReadFile(file("hyp"))
	if err != nil {
		return "", errors.New("it gave no answer")
	}
	text, _, _ := strings.Cut(string(out), "(") // (file score)
	return text, nil
}

// known are the phrases of which it knows every word, and their part of its dictionary.
func (p *pocketsphinx) known(words []string) (phrases []string, dictionary string, err error) {
	wanted := map[string]bool{}
	all := make([][]string, 0, len(words))
	for _, w := range words[:min(len(words), maxWords)] {
		spoken := strings.FieldsFunc(strings.ToLower(w), func(r rune) bool { return r != '\'' && !unicode.IsLetter(r) })
		if len(spoken) > 0 && strings.ContainsFunc(w, unicode.IsLetter) {
			all = append(all, spoken)
		}
		for _, s := range spoken {
			wanted[s] = false
		}
	}
	f, err := os.Open(p.dictionary())
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	var b strings.Builder
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		name, _, ok := strings.Cut(lines.Text(), " ")
		word, _, _ := strings.Cut(name, "(") // a second way to say it is word(2)
		if _, want := wanted[word]; ok && want {
			wanted[word] = true
			b.WriteString(lines.Text() + "\n")
		}
	}
	for _, spoken := range all {
		if !slices.ContainsFunc(spoken, func(s string) bool { return !wanted[s] }) {
			phrases = append(phrases, strings.Join(spoken, " "))
		}
	}
	return phrases, b.String(), lines.Err()
}
