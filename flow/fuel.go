package flow

import "errors"

var errFuel = errors.New("the expression takes too long")

// burn takes n units of fuel.
func (s *scope) burn(n int) error {
	if s.fuel -= n + 1; s.fuel < 0 {
		return errFuel
	}
	return nil
}

// burnFor burns for the size of what an operation looks at: an item a unit,
// text a unit for 16 bytes. It looks no further than the fuel lasts: a list
// that holds itself many times over is short to make and endless to walk.
func (s *scope) burnFor(vs ...any) error {
	for _, v := range vs {
		if s.weigh(v, 0); s.fuel < 0 {
			return errFuel
		}
	}
	return s.burn(0)
}

func (s *scope) weigh(v any, depth int) {
	if depth > maxDepth {
		s.fuel = -1
		return
	}
	switch v := v.(type) {
	case string:
		s.fuel -= len(v) / 16
	case []any:
		for _, e := range v {
			if s.fuel--; s.fuel < 0 {
				return
			}
			s.weigh(e, depth+1)
		}
	case map[string]any:
		for k, e := range v {
			if s.fuel -= 1 + len(k)/16; s.fuel < 0 {
				return
			}
			s.weigh(e, depth+1)
		}
	}
}
