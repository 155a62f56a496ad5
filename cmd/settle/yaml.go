package main

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// A Problem is one thing wrong with a file, and what to do about it.
type Problem struct {
	Line   int    // 0: no line of its own
	Key    string // "extract.workers", "schedule.jobs[1].cron"
	What   string
	Remedy string
}

// ConfigError is everything wrong with a file, in the order of its lines.
type ConfigError struct {
	File     string
	Problems []Problem
}

// Error prints one problem a line: "settle.yaml:12: extract.workers: is 0; set 1 to 64".
func (e *ConfigError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		at := e.File
		if p.Line > 0 {
			at += ":" + strconv.Itoa(p.Line)
		}
		if p.Key != "" {
			at += ": " + p.Key
		}
		lines[i] = at + ": " + p.What
		if p.Remedy != "" {
			lines[i] += "; " + p.Remedy
		}
	}
	return strings.Join(lines, "\n")
}

// yamlReader decodes a YAML text into a struct by its yaml tags. The library's own strict mode stops at the first
// unknown key; an operator wants all of them at once, so the reader walks the parsed tree itself.
type yamlReader struct {
	lookup   func(string) (string, bool) // for ${VAR}; nil: no expansion
	secret   bool                        // values must not appear in problems
	lines    map[string]int              // where each key stands
	problems []Problem
}

// A text that nests deeper, or has more wrong with it, is no config: the parser would take gigabytes for it.
const (
	maxNesting  = 32
	maxProblems = 100
)

// tooDeep says whether brackets nest deeper than any config's.
func tooDeep(text []byte) bool {
	depth := 0
	for _, c := range text {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(0, depth-1)
		}
		if depth > maxNesting {
			return true
		}
	}
	return false
}

func (r *yamlReader) add(line int, key, what, remedy string) {
	if len(r.problems) >= maxProblems {
		return
	}
	r.problems = append(r.problems, Problem{line, key, what, remedy})
}

// line is where key stands, or the nearest key around it.
func (r *yamlReader) line(key string) int {
	for key != "" {
		if n, ok := r.lines[key]; ok {
			return n
		}
		key = key[:max(0, strings.LastIndexAny(key, ".["))]
	}
	return 0
}

// reported tells that key, or one around it, has a problem already, so that its value is not what the file says.
func (r *yamlReader) reported(key string) bool {
	return slices.ContainsFunc(r.problems, func(p Problem) bool {
		return p.Key != "" && (key == p.Key || strings.HasPrefix(key, p.Key+".") || strings.HasPrefix(key, p.Key+"["))
	})
}

// read fills into, a pointer to a struct that holds the defaults already. It reports whether there was anything to read.
func (r *yamlReader) read(text []byte, into any) bool {
	r.lines = map[string]int{}
	if tooDeep(text) {
		r.add(0, "", fmt.Sprintf("has more than %d brackets inside each other", maxNesting), "compare it with the example in the README")
		return false
	}
	file, err := parseYAML(text)
	if err != nil {
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) && syntax.Token != nil && syntax.Token.Position != nil {
			r.add(syntax.Token.Position.Line, "", "is no YAML: "+syntax.Message, "correct this line or the one above it")
			return false
		}
		r.add(0, "", "is no YAML", "compare it with the example in the README")
		return false
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType {
			bodies = append(bodies, doc.Body)
		}
	}
	if len(bodies) > 1 {
		r.add(lineOf(bodies[1]), "", "a second document begins here", "leave one document, without ---")
		return false
	}
	if len(bodies) == 1 {
		r.value(bodies[0], "", reflect.ValueOf(into).Elem())
	}
	return true
}

// parseYAML turns a panic of the parser into an error: the text is whatever somebody typed.
func parseYAML(text []byte) (file *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			file, err = nil, fmt.Errorf("parser: %v", p)
		}
	}()
	return parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
}

func lineOf(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}

func (r *yamlReader) value(n ast.Node, key string, v reflect.Value) {
	line := lineOf(n)
	switch n := n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode, *ast.DirectiveNode:
		r.add(line, key, "anchors, aliases and tags are not read here", "write the value itself")
		return
	case *ast.NullNode:
		return // "key:" with nothing behind it keeps the default
	case *ast.MappingNode:
		if v.Kind() != reflect.Struct || v.Type() == secretType {
			r.add(line, key, "is a mapping", "write "+wanted(v))
			return
		}
		r.mapping(n.Values, key, v)
		return
	case *ast.MappingValueNode:
		if v.Kind() != reflect.Struct || v.Type() == secretType {
			r.add(line, key, "is a mapping", "write "+wanted(v))
			return
		}
		r.mapping([]*ast.MappingValueNode{n}, key, v)
		return
	case *ast.SequenceNode:
		if v.Kind() != reflect.Slice {
			r.add(line, key, "is a list", "write "+wanted(v))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(n.Values), len(n.Values)))
		for i, item := range n.Values {
			at := fmt.Sprintf("%s[%d]", key, i)
			r.lines[at] = lineOf(item)
			r.value(item, at, v.Index(i))
		}
		return
	}
	text, ok := scalarText(n)
	if !ok || v.Kind() == reflect.Slice || v.Kind() == reflect.Struct && v.Type() != secretType {
		r.add(line, key, "is a single value", "write "+wanted(v))
		return
	}
	if r.lookup != nil {
		expanded, problem, remedy := expand(text, r.lookup)
		if problem != "" {
			r.add(line, key, problem, remedy)
			return
		}
		text = expanded
	}
	r.scalar(text, line, key, v)
}

func (r *yamlReader) scalar(text string, line int, key string, v reflect.Value) {
	shown := strconv.Quote(text)
	if r.secret {
		shown = "the value"
	}
	switch {
	case v.Type() == secretType:
		v.Set(reflect.ValueOf(Secret{text}))
	case v.Kind() == reflect.String:
		v.SetString(text)
	case v.Kind() == reflect.Bool:
		switch text {
		case "true":
			v.SetBool(true)
		case "false":
			v.SetBool(false)
		default:
			r.add(line, key, shown+" is neither true nor false", "write true or false")
		}
	case v.Kind() == reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			r.add(line, key, shown+" is no whole number", "write digits only, for example 10")
			return
		}
		v.SetInt(int64(n))
	}
}

func (r *yamlReader) mapping(pairs []*ast.MappingValueNode, key string, v reflect.Value) {
	fields := map[string]int{}
	for i := range v.NumField() {
		if name := v.Type().Field(i).Tag.Get("yaml"); name != "" {
			fields[name] = i
		}
	}
	seen := map[string]int{}
	for _, pair := range pairs {
		name := ""
		if t := pair.Key.GetToken(); t != nil {
			name = t.Value
		}
		at := name
		if key != "" {
			at = key + "." + name
		}
		line := lineOf(pair.Key)
		if pair.Key.IsMergeKey() {
			r.add(line, key, "merge keys (<<) are not read here", "write the keys themselves")
			continue
		}
		if first, twice := seen[name]; twice {
			r.add(line, at, fmt.Sprintf("stands a second time (first on line %d)", first), "remove one of the two")
			continue
		}
		seen[name] = line
		i, known := fields[name]
		if !known {
			r.add(line, cut(at, 80), "is no known key", didYouMean(name, fields))
			continue
		}
		r.lines[at] = line
		r.value(pair.Value, at, v.Field(i))
	}
}

var secretType = reflect.TypeFor[Secret]()

func wanted(v reflect.Value) string {
	switch {
	case v.Kind() == reflect.Slice:
		return "a list: one \"- item\" a line, or [item, item]"
	case v.Kind() == reflect.Struct && v.Type() != secretType:
		return "keys of its own below it: " + strings.Join(tags(v.Type()), ", ")
	case v.Kind() == reflect.Bool:
		return "true or false"
	case v.Kind() == reflect.Int:
		return "a whole number"
	}
	return "one text"
}

func tags(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// scalarText is the text of a scalar as written: 0.10 stays "0.10" and a 30-digit account number loses nothing.
func scalarText(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// expand replaces ${VAR} by the environment's value and $$ by a dollar sign. It works on a value that is parsed already,
// so that no environment variable can add keys.
func expand(text string, lookup func(string) (string, bool)) (expanded, problem, remedy string) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "$")
		b.WriteString(before)
		if !found {
			return b.String(), "", ""
		}
		switch {
		case strings.HasPrefix(rest, "$"):
			b.WriteByte('$')
			text = rest[1:]
		case strings.HasPrefix(rest, "{"):
			name, after, closed := strings.Cut(rest[1:], "}")
			if !closed || !variableName(name) {
				return "", "${ is not followed by the name of an environment variable and }", "write ${NAME}, or $$ for a dollar sign"
			}
			value, ok := lookup(name)
			if !ok {
				return "", "the environment variable " + name + " is not set", "export " + name + "=..., or write the value itself"
			}
			b.WriteString(value)
			text = after
		default:
			return "", "holds a lone dollar sign", "write ${NAME} for an environment variable, or $$ for a dollar sign"
		}
	}
}

func variableName(s string) bool {
	for i, c := range s {
		letter := c == '_' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// didYouMean names the key that was likely meant, or all that exist.
func didYouMean(name string, fields map[string]int) string {
	var all []string
	for known := range fields {
		all = append(all, known)
	}
	slices.SortFunc(all, func(a, b string) int { return fields[a] - fields[b] })
	for _, known := range all {
		if distance(name, known) <= 2 {
			return "did you mean " + known + "?"
		}
	}
	return "known here: " + strings.Join(all, ", ")
}

// distance is the Levenshtein distance in bytes, cut short for names too different in length.
func distance(a, b string) int {
	if d := len(a) - len(b); d > 2 || d < -2 {
		return 3
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// cut shortens a text for a message.
func cut(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + "…"
}
