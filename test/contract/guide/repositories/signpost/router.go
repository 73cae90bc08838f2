// Package signpost routes HTTP requests to handlers.
package signpost

import (
	"errors"
	"net/http"
	"strings"
)

// Handler answers one request. An error it returns is turned into a response.
type Handler func(c *Context) error

// Middleware wraps a handler with something that happens before or after it.
type Middleware func(next Handler) Handler

// Router keeps one tree of routes for each method.
type Router struct {
	trees      map[string]*node
	middleware []Middleware
	notFound   Handler
	// OnError is told of every error that a handler returns.
	OnError func(c *Context, err error)
}

// New makes an empty router.
func New() *Router {
	return &Router{
		trees:    make(map[string]*node),
		notFound: func(c *Context) error { return c.Text(http.StatusNotFound, "no such page\n") },
		OnError:  writeError,
	}
}

// Use adds middleware to all routes that are registered afterwards.
func (r *Router) Use(mw ...Middleware) {
	r.middleware = append(r.middleware, mw...)
}

// Handle registers a handler for a method and a pattern.
func (r *Router) Handle(method, pattern string, h Handler) {
	if !strings.HasPrefix(pattern, "/") {
		panic("signpost: pattern must begin with a slash: " + pattern)
	}
	root := r.trees[method]
	if root == nil {
		root = &node{}
		r.trees[method] = root
	}
	for i := len(r.middleware) - 1; i >= 0; i-- {
		h = r.middleware[i](h)
	}
	root.insert(splitPath(pattern), h)
}

func (r *Router) Get(pattern string, h Handler)    { r.Handle(http.MethodGet, pattern, h) }
func (r *Router) Post(pattern string, h Handler)   { r.Handle(http.MethodPost, pattern, h) }
func (r *Router) Delete(pattern string, h Handler) { r.Handle(http.MethodDelete, pattern, h) }

// ServeHTTP makes the router an http.Handler.
func (r *Router) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if target, ok := withoutTrailingSlash(req.URL.Path); ok {
		http.Redirect(w, req, target, http.StatusMovedPermanently)
		return
	}
	c := &Context{Writer: w, Request: req}
	h := r.lookup(req.Method, req.URL.Path, c)
	if err := h(c); err != nil {
		r.OnError(c, err)
	}
}

func (r *Router) lookup(method, path string, c *Context) Handler {
	segments := splitPath(path)
	if root := r.trees[method]; root != nil {
		if h := root.find(segments, &c.params); h != nil {
			return h
		}
	}
	if allowed := r.allowedMethods(segments); len(allowed) > 0 {
		c.Writer.Header().Set("Allow", strings.Join(allowed, ", "))
		return func(c *Context) error { return &HTTPError{http.StatusMethodNotAllowed, "method not allowed"} }
	}
	return r.notFound
}

// allowedMethods lists the other methods that know this path.
func (r *Router) allowedMethods(segments []string) []string {
	var methods []string
	for method, root := range r.trees {
		var ignored Params
		if root.find(segments, &ignored) != nil {
			methods = append(methods, method)
		}
	}
	return methods
}

// HTTPError is an error with the status that the client shall see.
type HTTPError struct {
	Status  int
	Message string
}

func (e *HTTPError) Error() string { return e.Message }

func writeError(c *Context, err error) {
	var known *HTTPError
	if errors.As(err, &known) {
		http.Error(c.Writer, known.Message, known.Status)
		return
	}
	http.Error(c.Writer, "something went wrong", http.StatusInternalServerError)
}
