package signpost

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func say(text string) Handler {
	return func(c *Context) error { return c.Text(http.StatusOK, text) }
}

func get(r *Router, path string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	r.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, nil))
	return recorder
}

func TestStaticWinsOverParameter(t *testing.T) {
	r := New()
	r.Get("/users/:id", say("parameter"))
	r.Get("/users/me", say("static"))
	if body := get(r, "/users/me").Body.String(); body != "static" {
		t.Errorf("got %q", body)
	}
}

func TestWildcardTakesTheRest(t *testing.T) {
	r := New()
	r.Get("/files/*path", func(c *Context) error { return c.Text(http.StatusOK, c.Param("path")) })
	if body := get(r, "/files/a/b/c.txt").Body.String(); body != "a/b/c.txt" {
		t.Errorf("got %q", body)
	}
}

func TestTrailingSlashIsRedirected(t *testing.T) {
	r := New()
	r.Get("/about", say("about"))
	if code := get(r, "/about/").Code; code != http.StatusMovedPermanently {
		t.Errorf("got %d", code)
	}
}

func TestOtherMethodIsRefused(t *testing.T) {
	r := New()
	r.Post("/entries", say("posted"))
	answer := get(r, "/entries")
	if answer.Code != http.StatusMethodNotAllowed || answer.Header().Get("Allow") != "POST" {
		t.Errorf("got %d, allowed %q", answer.Code, answer.Header().Get("Allow"))
	}
}
