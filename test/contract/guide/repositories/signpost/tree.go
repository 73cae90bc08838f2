package signpost

import "strings"

// node is one segment of a pattern.
type node struct {
	segment  string
	static   []*node
	param    *node
	wildcard *node
	handler  Handler
}

// insert adds the handler below n, making the nodes that are missing.
func (n *node) insert(segments []string, h Handler) {
	if len(segments) == 0 {
		if n.handler != nil {
			panic("signpost: route registered twice")
		}
		n.handler = h
		return
	}
	head := segments[0]
	var child *node
	switch {
	case strings.HasPrefix(head, "*"):
		if len(segments) > 1 {
			panic("signpost: a wildcard must be the last segment")
		}
		if n.wildcard == nil {
			n.wildcard = &node{segment: head[1:]}
		}
		child = n.wildcard
	case strings.HasPrefix(head, ":"):
		if n.param == nil {
			n.param = &node{segment: head[1:]}
		}
		child = n.param
	default:
		child = n.staticChild(head)
		if child == nil {
			child = &node{segment: head}
			n.static = append(n.static, child)
		}
	}
	child.insert(segments[1:], h)
}

func (n *node) staticChild(segment string) *node {
	for _, child := range n.static {
		if child.segment == segment {
			return child
		}
	}
	return nil
}

// find walks down the tree. Static segments are tried first, wildcards last.
func (n *node) find(segments []string, params *Params) Handler {
	if len(segments) == 0 {
		return n.handler
	}
	head, rest := segments[0], segments[1:]
	if child := n.staticChild(head); child != nil {
		if h := child.find(rest, params); h != nil {
			return h
		}
	}
	if n.param != nil {
		mark := len(*params)
		*params = append(*params, Param{n.param.segment, head})
		if h := n.param.find(rest, params); h != nil {
			return h
		}
		// The way led nowhere: forget what was collected on it.
		*params = (*params)[:mark]
	}
	if n.wildcard != nil {
		*params = append(*params, Param{n.wildcard.segment, strings.Join(segments, "/")})
		return n.wildcard.handler
	}
	return nil
}

// splitPath cuts a path into its segments, without empty ones.
func splitPath(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

func withoutTrailingSlash(path string) (string, bool) {
	if len(path) < 2 || !strings.HasSuffix(path, "/") {
		return path, false
	}
	return strings.TrimRight(path, "/"), true
}
