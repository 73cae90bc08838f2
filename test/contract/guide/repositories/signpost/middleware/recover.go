package middleware

import (
	"fmt"
	"log"
	"net/http"
	"runtime/debug"

	"example.org/signpost"
)

// Recover turns a panic in a handler into a 500 and keeps the server alive.
func Recover() signpost.Middleware {
	return func(next signpost.Handler) signpost.Handler {
		return func(c *signpost.Context) (err error) {
			defer func() {
				if cause := recover(); cause != nil {
					log.Printf("panic in %s: %v\n%s", c.Request.URL.Path, cause, debug.Stack())
					err = &signpost.HTTPError{Status: http.StatusInternalServerError, Message: fmt.Sprint("internal error")}
				}
			}()
			return next(c)
		}
	}
}
