package flowtest

import (
	"encoding/xml"
	"io"
	"strings"
	"time"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    float64       `xml:"time,attr"` // seconds, of the call's own time
	Failure *junitTrouble `xml:"failure"`
	Error   *junitTrouble `xml:"error"`
}

type junitTrouble struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes the outcomes in the XML that CI systems read, a suite for each
// file: a difference is a failure, a story that could not run an error.
func (s *Suite) JUnit(w io.Writer) error {
	all := junitSuites{Name: "ringflow"}
	at := map[string]int{}
	for _, o := range s.Results {
		i, ok := at[o.File]
		if !ok {
			i = len(all.Suites)
			at[o.File] = i
			all.Suites = append(all.Suites, junitSuite{Name: o.File})
		}
		suite := &all.Suites[i]
		c := junitCase{Name: o.Name, Class: o.File, Time: o.Took().Round(time.Millisecond).Seconds()}
		text := strings.Join(o.Why(), "\n")
		switch {
		case o.Err != nil:
			c.Error = &junitTrouble{Message: o.Err.Error(), Text: text}
			suite.Errors++
			all.Errors++
		case !o.OK():
			c.Failure = &junitTrouble{Message: o.Report.First().String(), Text: text}
			suite.Failures++
			all.Failures++
		}
		suite.Tests++
		all.Tests++
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
