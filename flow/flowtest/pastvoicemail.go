package flowtest

import "regexp"

// pastBox is a voicemail box as the log tells of it.
type pastBox struct {
	Name     string `yaml:"name"`
	Greeting string `yaml:"greeting,omitempty"`
	File     string `yaml:"file,omitempty"`
}

var messageLine = regexp.MustCompile(`^a message for "(.*?)"(, who has a greeting of one's own)?$`)

// boxed reads what happened to a message.
func (r *reader) boxed(text string) bool {
	m := messageLine.FindStringSubmatch(text)
	if m == nil {
		return false
	}
	b := pastBox{Name: m[1]}
	if m[2] != "" {
		b.Greeting = "…" // the next line tells which
	}
	r.box(b)
	return true
}

func (r *reader) box(b pastBox) {
	if r.out.World.Boxes == nil {
		r.out.World.Boxes = map[string]pastBox{}
	}
	r.out.World.Boxes[r.params["User"]] = b
}

// greeted notes what the box's own greeting says, which the caller hears now.
func (r *reader) greeted(text, file string) {
	if b, ok := r.out.World.Boxes[r.params["User"]]; ok && b.Greeting == "…" {
		b.Greeting, b.File = text, file
		r.box(b)
	}
}
