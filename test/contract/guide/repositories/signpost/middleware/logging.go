// Package middleware has what most services want around their handlers.
package middleware

import (
	"fmt"
	"io"
	"time"

	"example.org/signpost"
)

// Logging writes one line for each request.
func Logging(out io.Writer) signpost.Middleware {
	return func(next signpost.Handler) signpost.Handler {
		return func(c *signpost.Context) error {
			start := time.Now()
			err := next(c)
			fmt.Fprintf(out, "%s %s took %s\n", c.Request.Method, c.Request.URL.Path, time.Since(start))
			return err
		}
	}
}
