package middleware

import (
	"net/http"
	"strconv"

	"example.org/signpost"
)

// CORSOptions says which pages may ask.
type CORSOptions struct {
	AllowedOrigins []string
	MaxAge         int
}

// CORS lets pages of other origins use the service.
func CORS(options CORSOptions) signpost.Middleware {
	allowed := make(map[string]bool)
	for _, origin := range options.AllowedOrigins {
		allowed[origin] = true
	}
	return func(next signpost.Handler) signpost.Handler {
		return func(c *signpost.Context) error {
			origin := c.Request.Header.Get("Origin")
			header := c.Writer.Header()
			header.Add("Vary", "Origin")
			if allowed[origin] {
				header.Set("Access-Control-Allow-Origin", origin)
			}
			if c.Request.Method == http.MethodOptions {
				header.Set("Access-Control-Max-Age", strconv.Itoa(options.MaxAge))
				c.Writer.WriteHeader(http.StatusNoContent)
				return nil
			}
			return next(c)
		}
	}
}
